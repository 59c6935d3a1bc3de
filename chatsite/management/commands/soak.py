"""`manage.py soak`: a long run of a throw-away site under load and faults, with a report of what was lost (nothing)."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from chatsite.checks.surroundings import surroundings


class Command(BaseCommand):
    """The door only: load, faults and model server are the tests', and live in `tests/soak`."""

    help = "Run a throw-away site under load with a fault every few seconds; report what was lost. See --help."
    requires_system_checks = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Become the program, which knows its own arguments."""
        try:
            self.handle(*argv[2:])
        except CommandError as error:
            self.stderr.write(str(error))
            sys.exit(2)

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.BASE_DIR / "tests" / "soak").is_dir():
            raise CommandError(
                f"There are no tests beside {settings.BASE_DIR / 'manage.py'}: soak needs a checkout of the"
                " repository, with its requirements-dev.txt installed."
            )
        os.chdir(settings.BASE_DIR)
        os.execve(sys.executable, [sys.executable, "-m", "tests.soak", *map(str, args)], surroundings())
