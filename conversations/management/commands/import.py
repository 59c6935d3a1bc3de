"""`manage.py import`: a JSON transcript becomes a conversation again."""  # noqa: N999 - what the command is called

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from conversations.management.chat.screen import visible
from conversations.management.people import find_user
from conversations.transcripts.importing import Unreadable, read_transcript, take

MOST = 512 * 1024 * 1024


class Command(BaseCommand):
    """All of a file is taken, or nothing."""

    help = "Read a JSON transcript that manage.py export (or the site) wrote, as a conversation of a user's."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What, for whom."""
        parser.add_argument("file", help="“-” is standard input")
        parser.add_argument("--user", default="", help="whose it becomes; the only administrator's if not given")

    def handle(self, *args: Any, file: str, user: str, **options: Any) -> None:
        """Raises CommandError that names the file and the place of its first error."""
        owner = find_user(user)
        try:
            data = _read(file)
            found = take(read_transcript(data), owner)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror or error}") from error
        except Unreadable as error:
            raise CommandError(visible(f"{file} was not imported. {error}")) from error
        self.stdout.write(str(found.conversation.pk))
        self.stderr.write(f"{found.messages} messages imported for {owner.username}.")
        if found.is_renumbered:
            self.stderr.write("Its id was taken: this is a copy with an id of its own.")
        if found.files:
            self.stderr.write(f"{found.files} files are named in it and not included.")


def _read(file: str) -> bytes:
    if file == "-":
        data = sys.stdin.buffer.read(MOST + 1)
    else:
        with Path(file).open("rb") as source:
            data = source.read(MOST + 1)
    if len(data) > MOST:
        raise Unreadable("", f"It is larger than {MOST // 2**20} MB.")
    return data
