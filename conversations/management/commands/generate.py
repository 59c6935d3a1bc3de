"""`manage.py generate`: one prompt, one answer, nothing kept."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from conversations.backends.library import GenerateRequest
from conversations.management.chat.wishes import Wishes
from conversations.management.finding import need_model
from conversations.management.library.one_shot import generate
from conversations.management.library.pictures import picture
from conversations.management.machine import USAGE, run
from conversations.management.options import add_asking, given_text, mix, screen_of, take_wishes
from conversations.sampling import think_value


class Command(BaseCommand):
    """For whoever runs the machine: nobody's conversation, so nobody's permission."""

    help = "Have a model answer one prompt; what is piped in is the prompt, behind the text if there is one."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Model, prompt, and how to ask."""
        mix(parser)
        add = parser.add_argument
        add("model")
        add("prompt", nargs="*", help="all words together")
        add("--suffix", metavar="TEXT", help="fill in between the prompt and this")
        add("--template", metavar="TEXT", help="the prompt template, in place of the model's")
        add("--raw", action="store_true", help="send the prompt without a template")
        add("--image", action="append", default=[], metavar="FILE", help="png, jpg or webp; repeatable")
        add("--json", action="store_true", help="print one JSON object with text and figures, and no stream")
        add_asking(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError; exits with 130 after Ctrl-C."""
        wishes = Wishes()
        take_wishes(wishes, options)
        prompt = given_text(" ".join(options["prompt"]))
        if not prompt:
            raise CommandError("There is no prompt. Give it behind the model, or pipe it in.", returncode=USAGE)
        images = [picture(path) for path in options["image"]]
        run(lambda: _generate(prompt, images, wishes, options))


async def _generate(prompt: str, images: list[str], wishes: Wishes, options: dict[str, Any]) -> None:
    chosen, sampling = await need_model(options["model"]), wishes.options()
    request = GenerateRequest(
        chosen.name,
        prompt,
        suffix=options["suffix"],
        system=wishes.system or None,
        template=options["template"],
        raw=options["raw"],
        images=images,
        format=wishes.format,
        options=sampling.options(),
        think=think_value(wishes.think),
        keep_alive=sampling.keep_alive_value(),
        logprobs=sampling.logprobs,
        truncate=sampling.truncate,
        shift=sampling.shift,
    )
    screen = None if options["json"] else screen_of(options)
    try:
        await generate(chosen, request, screen)
    finally:
        sys.stdout.flush()
