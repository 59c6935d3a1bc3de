"""The jobs as doors tell them: how far each is at this moment, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from conversations.library import ledger
from conversations.models.library_job import JobKind, JobState, LibraryJob

SHOWN = 30


@dataclass(frozen=True, slots=True)
class LayerView:
    """A part of a transfer, in bytes."""

    digest: str
    total: int
    completed: int

    @property
    def percent(self) -> int:
        """0 to 100."""
        return _percent(self.completed, self.total)


@dataclass(frozen=True, slots=True)
class JobView:
    """A job. `total`, `completed` are bytes, `speed` bytes a second, `remaining` seconds (None: unknown)."""

    id: UUID
    kind: JobKind
    backend: str
    model: str
    state: JobState
    status: str
    total: int
    completed: int
    speed: int
    remaining: int | None
    layers: list[LayerView]
    error: str
    detail: str
    started_by: str
    created_at: datetime
    finished_at: datetime | None

    @property
    def percent(self) -> int:
        """0 to 100, of what is known."""
        return _percent(self.completed, self.total)

    @property
    def is_running(self) -> bool:
        """Whether somebody works on it."""
        return self.state == JobState.RUNNING

    @property
    def can_resume(self) -> bool:
        """Whether doing it again goes on from here."""
        return self.state in (JobState.STOPPED, JobState.INTERRUPTED, JobState.FAILED)


def jobs(live: Mapping[UUID, dict[str, Any]], only: UUID | None = None) -> list[JobView]:
    """Running ones first, then the newest; or one. `live` is what this process knows better than the rows."""
    ledger.sweep()
    # What was loaded is seen in what is loaded.
    done = LibraryJob.objects.exclude(kind=JobKind.LOAD, state=JobState.COMPLETE).order_by("-updated_at")[:SHOWN]
    rows = done if only is None else LibraryJob.objects.filter(pk=only)
    found = [view_of(row, live.get(row.pk)) for row in rows.select_related("started_by")]
    return sorted(found, key=lambda job: (not job.is_running, -job.created_at.timestamp()))


def recent(found: list[JobView], ended: int = 6) -> list[JobView]:
    """All that run, and the newest of the others: a page has more to show."""
    running = [job for job in found if job.is_running]
    return running + [job for job in found if not job.is_running][:ended]


def view_of(row: LibraryJob, live: Mapping[str, Any] | None = None) -> JobView:
    """One row, or what is known of it better."""
    progress: Mapping[str, Any] = row.progress if live is None or row.state != JobState.RUNNING else live
    return JobView(
        id=row.pk,
        kind=JobKind(row.kind),
        backend=row.backend_name,
        model=row.model_name,
        state=JobState(row.state),
        status=progress.get("status", ""),
        total=progress.get("total", 0),
        completed=progress.get("completed", 0),
        speed=progress.get("speed", 0),
        remaining=progress.get("remaining"),
        layers=[LayerView(**layer) for layer in progress.get("layers", ())],
        error=row.error_code,
        detail=row.error_detail,
        started_by=row.started_by.get_username() if row.started_by else "",
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def _percent(completed: int, total: int) -> int:
    # Never 100 before the end: a person takes that for done.
    return min(99, completed * 100 // total) if 0 < completed < total else 100 if total and completed >= total else 0
