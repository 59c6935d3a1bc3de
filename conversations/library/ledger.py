"""The jobs' rows: renewed while somebody works on them, ended, and taken from workers that are gone."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from conversations.generation.sweeper import is_dead
from conversations.live.broadcasts import PROCESS
from conversations.models.lease import Lease
from conversations.models.library_job import JobState, LibraryJob

KEPT = 30


def checkpoint(values: Mapping[uuid.UUID, dict[str, Any]], lease: Lease) -> list[uuid.UUID]:
    """Store how far each job is and renew its lease; those that are not ours any more."""
    now, lost = timezone.now(), []
    with transaction.atomic():
        for pk, progress in values.items():
            ours = LibraryJob.objects.running().filter(pk=pk, lease=lease.owner)
            if not ours.update(progress=progress, updated_at=now, lease_until=lease.until(now)):
                lost.append(pk)
    return lost


def finish(pk: uuid.UUID, state: JobState, progress: dict[str, Any], code: str, detail: str) -> None:
    """Store the end. Whoever stopped it in the database has decided its state; the progress is still ours to tell."""
    now = timezone.now()
    ours = LibraryJob.objects.filter(pk=pk, lease=PROCESS)
    values: dict[str, Any] = {"progress": progress, "lease": "", "lease_until": None, "updated_at": now}
    ended = {"state": state, "error_code": code, "error_detail": detail, "finished_at": now}
    if not ours.running().update(**values, **ended):
        ours.update(**values)
    LibraryJob.objects.forget_old(KEPT)


def sweep() -> None:
    """Running jobs that nobody works on are `interrupted`: their process is gone, or has been silent for too long."""
    now = timezone.now()
    rows = LibraryJob.objects.running().values_list("pk", "lease", "lease_until")
    for pk, lease, until in rows:
        if until is None or until < now or is_dead(lease):
            # Compare and set: it may have been renewed or ended since it was read.
            taken = LibraryJob.objects.running().filter(pk=pk, lease=lease, lease_until=until)
            taken.update(
                state=JobState.INTERRUPTED,
                error_code="interrupted",
                lease="",
                lease_until=None,
                finished_at=now,
            )
