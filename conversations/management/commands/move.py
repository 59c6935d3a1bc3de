"""`manage.py move --to URL`: from SQLite to PostgreSQL, or back, with every row compared."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DEFAULT_DB_ALIAS

from conversations.backups.in_use import refuse_when_open
from conversations.backups.moving import move
from conversations.management.copies import told


class Command(BaseCommand):
    """The database that is moved from stays as it is. Uploads and keys are in DATA_DIR, which stays too."""

    help = "Copy the database into an empty one, compare every row, and say what to set. The site must not run."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to."""
        parser.add_argument("--to", required=True, metavar="URL", help="as in DATABASE_URL: postgres://user@host/name")

    def handle(self, *args: Any, to: str, **options: Any) -> None:
        """Raises CommandError; then the target is as empty as before."""
        with told("The move"):
            refuse_when_open(DEFAULT_DB_ALIAS)
            total = move(to, say=lambda name, count: self.stderr.write(f"{count:>12,}  {name}"))
        self.stdout.write(f"{total:,} rows moved, each compared with its original.")
        self.stdout.write(f"Start the site with it from now on:  DATABASE_URL={_without_password(to)}")
        self.stderr.write(
            "DATA_DIR stays: uploads and keys are there. Delete the old database when you have seen the new."
        )


def _without_password(url: str) -> str:
    head, at, rest = url.rpartition("@")
    user, colon, _password = head.rpartition(":")
    return f"{user}:…@{rest}" if at and colon and not user.endswith(("postgres", "postgresql")) else url
