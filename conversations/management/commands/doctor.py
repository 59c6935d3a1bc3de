"""`manage.py doctor`: what is wrong around a site, and what to change."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from conversations.management.chat.screen import visible
from conversations.management.doctor.address import of_address
from conversations.management.doctor.configuration import of_mail, of_settings
from conversations.management.doctor.findings import Finding
from conversations.management.doctor.links import of_links
from conversations.management.doctor.servers import of_servers
from conversations.management.doctor.stores import of_database, of_disk, of_redis
from conversations.management.machine import FAILED, prepare_process

_SIGNS = {"ok": "ok", "note": "note", "fault": "FAULT"}


class Command(BaseCommand):
    """Run it on the machine of the site, with its variables. It changes nothing."""

    help = "Look at the address, the proxy, the database, Redis, the disk, model servers, mail and settings."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where, and how it is told."""
        parser.add_argument(
            "url", nargs="?", default="", help="the address that people use, as https://chat.example.org"
        )
        parser.add_argument("--mail", default="", metavar="ADDRESS", help="send a message there")
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, url: str, mail: str, **options: Any) -> None:
        """Exits with 1 where there is a fault."""
        prepare_process()
        url = url.rstrip("/") or _own_address()
        found = []
        for finding in _all(url, mail):
            found.append(finding)
            if not options["json"]:
                self._tell(finding)
        faults = sum(finding.standing == "fault" for finding in found)
        if options["json"]:
            told = {"address": url, "faults": faults, "findings": [asdict(finding) for finding in found]}
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=1))
        else:
            self.stdout.write(f"{url}: {faults or 'no'} {'fault' if faults == 1 else 'faults'}.")
        if faults:
            sys.exit(FAILED)

    def _tell(self, finding: Finding) -> None:
        style = {"fault": self.style.ERROR, "note": self.style.WARNING}.get(finding.standing, str)
        self.stdout.write(f"{style(f'{_SIGNS[finding.standing]:6}')}{finding.part:12} {visible(finding.says)}")
        if finding.change:
            self.stdout.write(f"{'':19}→ {visible(finding.change)}")
        self.stdout.flush()


def _all(url: str, mail: str) -> Iterator[Finding]:
    inside = (of_settings(url), of_disk(), of_database(), of_redis(), of_servers(), of_links(), of_mail(mail))
    return chain(*inside, of_address(url))


def _own_address() -> str:
    """By the settings: the first name that the site answers to behind a proxy, else where it listens."""
    if settings.HTTPS and settings.CSRF_TRUSTED_ORIGINS:
        return str(settings.CSRF_TRUSTED_ORIGINS[0])
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.HOST, settings.HOST)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.PORT}"
