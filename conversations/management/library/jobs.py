"""Work on a library that takes its time, watched to its end; another process may be doing it already."""

from __future__ import annotations

import asyncio
import sys
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from conversations.generation.engine import engine
from conversations.library.listing import JobView, view_of
from conversations.management.library.progress import Bars
from conversations.management.machine import failure
from conversations.models.library_job import JobKind, JobState, LibraryJob
from conversations.tasks import read

_LOOK_SECONDS = 0.1


async def carry_out(kind: JobKind, backend: str, name: str, request: dict[str, Any] | None = None) -> None:
    """Begin it and show it to its end. Cancelled, it is stopped; done again, it goes on from where it was.

    Raises CommandError with why it failed.
    """
    job = await engine.jobs.start(kind, backend, name, None, request)
    try:
        with Bars() as bars:
            view = await _watch(job.pk, bars)
    except asyncio.CancelledError:
        await engine.jobs.stop(job.pk)
        print("Stopped. The same command goes on from where it was.", file=sys.stderr)
        raise
    if view is None or view.state == JobState.STOPPED:
        raise CommandError("It was stopped elsewhere. The same command goes on from where it was.")
    if view.state != JobState.COMPLETE:
        raise failure(view.error, view.detail)


async def _watch(pk: UUID, bars: Bars) -> JobView | None:
    """Show it until it has ended; None when its row is gone."""
    while True:
        row = await read(_row, pk)
        if row is None:
            return None
        view = view_of(row, engine.jobs.progress().get(pk))
        bars.show(view)
        if not view.is_running:
            return view
        await asyncio.sleep(_LOOK_SECONDS)


def _row(pk: UUID) -> LibraryJob | None:
    return LibraryJob.objects.select_related("started_by").filter(pk=pk).first()
