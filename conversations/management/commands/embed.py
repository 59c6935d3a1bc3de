"""`manage.py embed`: texts as vectors."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from conversations.backends.library import EmbedRequest
from conversations.management.finding import need_model
from conversations.management.library.one_shot import embed
from conversations.management.library.verbs import checked, checked_duration
from conversations.management.machine import USAGE, run
from conversations.management.options import mix
from conversations.sampling import Sampling


class Command(BaseCommand):
    """For whoever runs the machine."""

    help = "Turn texts into vectors, a JSON array a line. Without a text, each line that is piped in is one."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Model, texts, and how."""
        mix(parser)
        add = parser.add_argument
        add("model", help="one that can embed")
        add("text", nargs="*", help="each is a text of its own")
        add("--dimensions", type=int, metavar="N", help="shorter vectors, where the model can")
        add("--truncate", action="store_true", help="cut a text that is too long; without this that is an error")
        add("--option", action="append", default=[], metavar="NAME=VALUE", help="such as num_ctx=4096; repeatable")
        add("--keepalive", metavar="DURATION", help="how long the model stays loaded, such as 5m")
        add("--json", action="store_true", help="print one JSON object with all vectors and figures")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError; exits with 130 after Ctrl-C."""
        if options["dimensions"] is not None and not 1 <= options["dimensions"] <= 65536:
            raise CommandError("--dimensions is a number from 1 to 65536.", returncode=USAGE)
        texts = options["text"] or _lines()
        if not texts:
            raise CommandError("There is no text. Give it behind the model, or pipe lines in.", returncode=USAGE)
        sampling = Sampling(**checked(options["option"]))
        keep_alive = None if options["keepalive"] is None else checked_duration(options["keepalive"])

        async def work() -> None:
            chosen = await need_model(options["model"])
            request = EmbedRequest(
                chosen.name,
                texts,
                truncate=bool(options["truncate"]),
                dimensions=options["dimensions"],
                options=sampling.options(),
                keep_alive=keep_alive,
            )
            await embed(chosen, request, is_whole=options["json"])

        run(work)


def _lines() -> list[str]:
    if sys.stdin is None or sys.stdin.isatty():
        return []
    return [line for line in sys.stdin.read().splitlines() if line.strip()]
