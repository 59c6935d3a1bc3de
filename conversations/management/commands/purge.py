"""`manage.py purge`: delete for good what is due, as the server does every hour."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from conversations.keeping.purging import Forecast, forecast, purge
from conversations.models import PurgeReport, Rule


class Command(BaseCommand):
    """Safe beside a running server, and to be interrupted: the next purge goes on."""

    help = "Delete for good what has been in the trash long enough, or is older than the retention rules allow."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Only whether to look."""
        parser.add_argument("--dry-run", action="store_true", help="say what would go; delete nothing")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        """Tell each rule that lets something go."""
        with translation.override("en"):
            rows: list[Forecast] | list[PurgeReport] = forecast() if dry_run else _purged()
            for row in rows:
                self.stdout.write(_line(row))
        if not rows:
            self.stdout.write("Nothing is due.")
        elif dry_run:
            self.stderr.write("Nothing was deleted.")


def _purged() -> list[PurgeReport]:
    reports: list[PurgeReport] = []
    for _step in purge(reports=reports):
        pass
    return reports


def _line(row: Forecast | PurgeReport) -> str:
    rule = f"{Rule(row.rule).label}{f' ({row.detail} days)' if row.detail else ''}"
    kept = f", {row.held} kept by a hold" if row.held else ""
    return f"{rule}: {row.conversations} conversations, {row.messages} messages{kept}"
