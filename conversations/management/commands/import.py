"""`manage.py import`: transcripts, and what ChatGPT and Open WebUI export, become conversations."""  # noqa: N999 - what the command is called

from __future__ import annotations

import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError

from conversations.management.chat.screen import visible
from conversations.management.people import find_user
from conversations.transcripts.importing import Outcome, take_all

_SHOWN = 60


class Command(BaseCommand):
    """All of a conversation is taken, or nothing."""

    help = "Read a JSON transcript, an export of ChatGPT or of Open WebUI, or a zip of them, as a user's conversations."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What, for whom."""
        parser.add_argument("file", help="“-” is standard input")
        parser.add_argument("--user", default="", help="whose it becomes; the only administrator's if not given")

    def handle(self, *args: Any, file: str, user: str, **options: Any) -> None:
        """The ids on standard output, the report beside. Raises CommandError when nothing was imported."""
        owner = find_user(user)
        outcomes = []
        try:
            with _opened(file) as source:
                for outcome in take_all(source, Path(file).name, owner):
                    outcomes.append(outcome)
                    self._tell(outcome)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror or error}") from error
        imported = [outcome for outcome in outcomes if outcome.conversation]
        if not imported:
            raise CommandError(visible(f"{file} was not imported. {outcomes[0].why}"))
        count = sum(outcome.messages for outcome in imported)
        self.stderr.write(f"{count} messages imported for {owner.username}.")
        if len(outcomes) > 1:
            self.stderr.write(f"{len(imported)} conversations imported, {len(outcomes) - len(imported)} skipped.")
        if any(outcome.is_copy for outcome in imported):
            self.stderr.write("Where an id was taken, there is a copy with an id of its own.")
        if files := sum(outcome.files for outcome in imported):
            self.stderr.write(f"{files} files are named in it and not included.")

    def _tell(self, outcome: Outcome) -> None:
        if outcome.conversation:
            self.stdout.write(str(outcome.conversation))
            return
        place = f"{outcome.file} {outcome.place}".strip()
        self.stderr.write(visible(f"skipped: {place}: {outcome.title[:_SHOWN]}: {outcome.why}"))


@contextmanager
def _opened(file: str) -> Iterator[IO[bytes]]:
    """What can be read from any place: standard input by way of a file that nobody sees."""
    if file != "-":
        with Path(file).open("rb") as source:
            yield source
        return
    with tempfile.TemporaryFile() as kept:
        copyfileobj(sys.stdin.buffer, kept)
        kept.seek(0)
        yield kept
