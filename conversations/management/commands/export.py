"""`manage.py export`: one conversation as a file, or all of a user's in a zip."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from django.core.management.base import BaseCommand, CommandError

from conversations.management.people import find_user
from conversations.management.redacting import add_redaction, redactor_of, write_key
from conversations.models import Conversation, User
from conversations.transcripts import FORMATS, Format, Redactor, outline
from conversations.transcripts.redaction.patterns import TooSlow


class Command(BaseCommand):
    """What was deleted is left out. A file is there whole or not at all."""

    help = "Write a conversation as a file, or all conversations of a user as a zip of files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which, as what, where."""
        parser.add_argument("conversation", nargs="?", help="its id, as in its address")
        parser.add_argument("--user", default="", help="all conversations of this user, in a zip")
        parser.add_argument(
            "--format", choices=list(FORMATS), default="json", help="json, which loses nothing, if not given"
        )
        parser.add_argument("-o", "--output", metavar="FILE", default="-", help="standard output if not given")
        add_redaction(parser)

    def handle(self, *args: Any, conversation: str | None, user: str, output: str, **options: Any) -> None:
        """Raises CommandError for what is not there, and for a file that cannot be written."""
        if bool(conversation) == bool(user):
            raise CommandError("Say which conversation, or whose: manage.py export CONVERSATION, or --user NAME.")
        wanted = FORMATS[options["format"]]
        redactor = redactor_of(options["redact"], options["patterns"], options["key_file"])
        chosen = _find(conversation) if conversation else find_user(user)
        with _opened(output) as file:
            try:
                count = _write(chosen, wanted, file, redactor)
            except TooSlow as error:
                raise CommandError(str(error)) from error
            if redactor:
                write_key(redactor, options["key_file"])
        if output != "-":
            self.stderr.write(f"{count} conversation{'s' * (count != 1)} written to {output}")


def _find(text: str) -> Conversation:
    try:
        found = Conversation.objects.filter(pk=UUID(text), trashed_at=None).first()
    except ValueError:
        raise CommandError(
            f"{text!r} is no conversation’s id. It is the last part of the conversation’s address."
        ) from None
    if found is None:
        raise CommandError(f"There is no conversation {text}.")
    return found


def _write(chosen: User | Conversation, wanted: Format, file: IO[bytes], redactor: Redactor | None) -> int:
    """How many were written."""
    if isinstance(chosen, Conversation):
        file.writelines(wanted.write(outline(chosen, redactor)))
        return 1
    count = 0
    with ZipFile(file, "w", ZIP_DEFLATED) as package:
        for conversation in Conversation.objects.visible_to(chosen).order_by("created_at", "pk").iterator():
            shape = outline(conversation, redactor)
            name = wanted.file_name(shape.conversation.title, bool(redactor))
            with package.open(f"{conversation.pk} {name}", "w", force_zip64=True) as part:
                for piece in wanted.write(shape):
                    part.write(piece)
            count += 1
    return count


@contextmanager
def _opened(output: str) -> Iterator[IO[bytes]]:
    """The file under a name of its own until it is whole."""
    if output == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(output)
    part = path.with_name(f".{path.name}.part")
    try:
        with open(part, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            yield file
        part.replace(path)
    except OSError as error:
        raise CommandError(f"{output} cannot be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
