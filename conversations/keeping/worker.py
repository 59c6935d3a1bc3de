"""Purges once an hour, whichever process comes to it first, a short transaction at a time: replies have their turn."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from django.utils import timezone

from conversations.keeping.purging import purge
from conversations.keeping.removing import go_on
from conversations.models import PurgeReport, SiteSettings
from conversations.tasks import read, write

log = logging.getLogger(__name__)
EVERY = timedelta(hours=1)
LOOK_SECONDS = 60.0
_PAUSE = 0.02  # seconds between two transactions


async def keep_purging() -> None:
    """Look every minute whether it is time, for ever."""
    while True:
        if await read(_is_due) and await write(claim):
            await run()
        await asyncio.sleep(LOOK_SECONDS)


async def run() -> list[PurgeReport]:
    """One purge."""
    reports: list[PurgeReport] = []
    steps = purge(reports=reports)
    is_going = True
    while is_going:
        is_going = await write(go_on, steps)
        await asyncio.sleep(_PAUSE)
    for report in reports:
        log.info("purged: %s, %s conversations, %s messages", report.rule, report.conversations, report.messages)
    return reports


def claim() -> bool:
    """Whether this process does it; the next is due an hour later, also when this one dies."""
    SiteSettings.load()
    now = timezone.now()
    due = SiteSettings.objects.filter(pk=1).exclude(purge_due_at__gt=now)
    return due.update(purge_due_at=now + EVERY) == 1


def _is_due() -> bool:
    found = SiteSettings.objects.filter(pk=1).values_list("purge_due_at", flat=True).first()
    return found is None or found <= timezone.now()
