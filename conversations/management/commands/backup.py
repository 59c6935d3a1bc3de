"""`manage.py backup FILE`: everything that a site is, in one file, while it runs."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from conversations.backups.writing import KEYS, Wish, write
from conversations.management.copies import contents, told


class Command(BaseCommand):
    """The same from SQLite and from PostgreSQL, to be restored into either."""

    help = "Write the database, the uploads and the keys into one file. The site may run meanwhile."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where, and what not."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help="replace the file if it is there")
        parser.add_argument("--without-uploads", action="store_true", help="leave the uploaded files out")
        parser.add_argument("--without-keys", action="store_true", help="leave secret_key and signing_key out")

    def handle(self, *args: Any, file: Path, force: bool, **options: Any) -> None:
        """Raises CommandError; then there is no file."""
        wish = Wish(uploads=not options["without_uploads"], keys=not options["without_keys"])
        with told(str(file)):
            manifest = write(file, wish, force=force)
        self.stdout.write(f"{file}: {contents(manifest)}.")
        if manifest["keys"]:
            self.stderr.write(
                "It holds the site’s keys: who has it can read the keys of model servers, and sign as you."
            )
        else:
            self.stderr.write(f"Keep {' and '.join(KEYS)} of DATA_DIR elsewhere: it does not hold them.")
        if os.environ.get("SECRET_KEY"):
            self.stderr.write("SECRET_KEY comes from the environment: keep it too, no backup holds it.")
