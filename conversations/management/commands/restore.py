"""`manage.py restore FILE`: a site as it was when the backup was made; `--check` only looks at the file."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from conversations.backups import archive
from conversations.backups.restoring import restore
from conversations.management.copies import contents, told


class Command(BaseCommand):
    """Into the database and the data folder that the environment names."""

    help = "Fill an empty database and data folder from a backup, or check one. The site must not run."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """From where, and how far to go."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--check", action="store_true", help="read all of it, compare every hash, change nothing")
        parser.add_argument(
            "--force", action="store_true", help="replace what is there; SQLite’s file and the keys are moved aside"
        )

    def handle(self, *args: Any, file: Path, check: bool, force: bool, **options: Any) -> None:
        """Raises CommandError for a file that is damaged, and for a site that is in use."""
        if force and connection.vendor != "sqlite" and not check:
            raise CommandError(
                "A database of PostgreSQL is not replaced. Make an empty one (createdb chatsite_restored), name it "
                "with DATABASE_URL, and restore into that."
            )
        with told(str(file)):
            manifest = archive.check(file) if check else restore(file, force=force)
        self.stdout.write(f"{file}: {contents(manifest)}. {'Every hash is right.' if check else 'Restored.'}")
        if not check:
            self._say_what_is_left(manifest)

    def _say_what_is_left(self, manifest: dict[str, Any]) -> None:
        if "secret_key" not in manifest["keys"]:
            self.stderr.write(
                "The backup holds no secret_key. Put the old one into DATA_DIR (or SECRET_KEY), or enter the keys of "
                "model servers again; everybody signs in again."
            )
        elif os.environ.get("SECRET_KEY"):
            self.stderr.write("SECRET_KEY comes from the environment: the secret_key that was restored is not used.")
        if not manifest["uploads"]:
            self.stderr.write("The backup holds no uploads: those in DATA_DIR were left as they are.")
        if manifest["database"] == "postgresql":
            self.stderr.write("Programs that follow /api/v1/changes begin from the beginning again.")
