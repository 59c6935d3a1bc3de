"""`manage.py verify`: whether a JSON transcript is what the site once signed."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from conversations.management.chat.screen import visible
from conversations.transcripts.chain.keys import public_key
from conversations.transcripts.chain.verify import Altered, check, key_of, read


class Command(BaseCommand):
    """Asks no database and no network. conversations/transcripts/chain/verify.py does the same without the site."""

    help = "Check a JSON transcript: its chain of hashes, and the signature under it."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What, and by which key."""
        parser.add_argument("file", nargs="?", help="a transcript as JSON")
        parser.add_argument("--key", default="", help="the public key (or a file with it) of the site that signed it; "
                            "this site's if not given")  # fmt: skip
        parser.add_argument("--public-key", action="store_true", help="print this site's public key")

    def handle(self, *args: Any, file: str | None, key: str, public_key: bool, **options: Any) -> None:
        """Raises CommandError (status 1) that names the first message that does not fit."""
        if public_key == bool(file):
            raise CommandError("Name a transcript, or ask for --public-key.")
        if file is None:
            self.stdout.write(_own_key())
            return
        try:
            found = check(read(Path(file).read_bytes()), key_of(key) if key else _own_key())
        except OSError as error:
            raise CommandError(f"{error.filename or file} cannot be read: {error.strerror or error}") from error
        except Altered as error:
            raise CommandError(visible(f"{file}: {error}")) from error
        except ValueError as error:
            raise CommandError(f"--key: {error}") from error
        redacted = f" It was redacted: {', '.join(found.redacted)}." if found.redacted else ""
        self.stdout.write(f"{file}: nothing was altered in {found.messages} messages.{redacted}")
        self.stderr.write(f"Last link {found.last}, signed with the key {found.key}.")


def _own_key() -> str:
    return public_key()
