"""`manage.py export`: one conversation as a file, or many in a zip or as lines."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from conversations.exports.hiding import redacted_by, unveiled
from conversations.exports.packages import Writing
from conversations.exports.request import ExportRequest
from conversations.exports.rights import OPERATOR, ExportRefused
from conversations.management.choosing import add_filters, request_of
from conversations.management.people import find_user
from conversations.management.redacting import add_redaction, redactor_of, write_key
from conversations.models import Conversation
from conversations.transcripts import FORMATS, Redactor, outline
from conversations.transcripts.redaction.patterns import TooSlow


class Command(BaseCommand):
    """What was deleted is left out. A file is there whole or not at all."""

    help = "Write a conversation as a file, or many (of a user, or everybody’s) as a zip of files or lines of JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which, as what, where."""
        parser.add_argument("conversation", nargs="?", help="its id, as in its address")
        parser.add_argument("--user", default="", help="the conversations of this user")
        add_filters(parser)
        parser.add_argument(
            "--format", choices=list(FORMATS), default="json", help="json, which loses nothing, if not given"
        )
        parser.add_argument("-o", "--output", metavar="FILE", default="-", help="standard output if not given")
        add_redaction(parser)

    def handle(self, *args: Any, conversation: str | None, user: str, output: str, **options: Any) -> None:
        """Raises CommandError for what is not there, and for a file that cannot be written."""
        if [bool(conversation), bool(user), options["all"]].count(True) != 1:
            raise CommandError(
                "Say which conversation, or whose: manage.py export CONVERSATION, --user NAME, or --all."
            )
        request = request_of(options)
        redactor = redactor_of(options["redact"], options["patterns"], options["key_file"])
        chosen = _find(conversation) if conversation else _many(request, user)
        with _opened(output) as file:
            try:
                count = _write(chosen, request, file, redactor)
            except (TooSlow, ExportRefused) as error:
                raise CommandError(str(error.__cause__ or error)) from error
            if redactor:
                write_key(redactor, options["key_file"])
        if output != "-":
            self.stderr.write(f"{count} conversation{'s' * (count != 1)} written to {output}")


def _find(text: str) -> Conversation:
    try:
        found = Conversation.objects.lasting().filter(pk=UUID(text), trashed_at=None).first()
    except ValueError:
        raise CommandError(
            f"{text!r} is no conversation’s id. It is the last part of the conversation’s address."
        ) from None
    if found is None:
        raise CommandError(f"There is no conversation {text}.")
    return found


def _many(request: ExportRequest, user: str) -> QuerySet[Conversation]:
    rows = Conversation.objects.lasting()
    return request.among(rows.visible_to(find_user(user)) if user else rows.filter(trashed_at=None))


def _write(
    chosen: QuerySet[Conversation] | Conversation, request: ExportRequest, file: IO[bytes], redactor: Redactor | None
) -> int:
    """How many were written. Their owners are told that the operator has them."""
    if isinstance(chosen, Conversation):
        OPERATOR.record([chosen])
        file.writelines(FORMATS[request.format].write(outline(chosen, redactor)))
        return 1
    writing = Writing(request, chosen, hide=redacted_by(redactor, unveiled))
    file.writelines(writing.pieces())
    return writing.done


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
