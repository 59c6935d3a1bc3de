"""The rows of the exports: claimed by one process, renewed while it works, ended, and taken from one that is gone."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from conversations.generation.sweeper import is_dead
from conversations.models.exports import ExportJob, ExportState, RedactionKey
from conversations.models.lease import Lease


def folder() -> Path:
    """Where the files are; only the site's own user may look into it."""
    found = Path(settings.DATA_DIR) / "exports"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def claim(lease: Lease) -> ExportJob | None:
    """The one that waits for longest, which nobody else will make now."""
    waiting = ExportJob.objects.filter(state=ExportState.WAITING)
    for job in waiting.select_related("user").order_by("created_at")[:5]:
        until = lease.until(timezone.now())
        if waiting.filter(pk=job.pk).update(state=ExportState.RUNNING, lease=lease.owner, lease_until=until):
            return job
    return None


def tell(pk: uuid.UUID, lease: Lease, **progress: int) -> bool:
    """Store how far it is and renew the lease; False when it was stopped, deleted or taken over."""
    return _ours(pk, lease).update(lease_until=lease.until(timezone.now()), **progress) == 1


def end(pk: uuid.UUID, lease: Lease, state: ExportState, code: str = "", **progress: int) -> bool:
    """Store the end; False when somebody else has decided it."""
    now = timezone.now()
    expires_at = now + timedelta(seconds=settings.EXPORT_LIFE) if state == ExportState.COMPLETE else None
    values = {"state": state, "error_code": code, "finished_at": now, "expires_at": expires_at}
    return _ours(pk, lease).update(**values, lease="", lease_until=None, **progress) == 1


def sweep() -> None:
    """What nobody works on any more is `interrupted`; what nobody may download any more is deleted."""
    now = timezone.now()
    running = ExportJob.objects.filter(state=ExportState.RUNNING)
    for pk, lease, until in running.values_list("pk", "lease", "lease_until"):
        if until is None or until < now or is_dead(lease):
            # Compare and set: it may have been renewed or ended since it was read.
            running.filter(pk=pk, lease=lease, lease_until=until).update(
                state=ExportState.INTERRUPTED, error_code="interrupted", finished_at=now, lease="", lease_until=None
            )
    ExportJob.objects.filter(expires_at__lt=now).delete()
    RedactionKey.objects.filter(expires_at__lt=now).delete()
    _forget_files()


def _forget_files() -> None:
    """Files of exports that are not there any more, and parts that nobody writes."""
    names = {file.name: file for file in folder().iterdir() if file.is_file()}
    if not names:
        return
    # In this order: one that is completed in between is in the second.
    running = {str(pk) for pk in ExportJob.objects.filter(state=ExportState.RUNNING).values_list("pk", flat=True)}
    complete = {job.path.name for job in ExportJob.objects.filter(state=ExportState.COMPLETE)}
    keys = {str(pk) for pk in RedactionKey.objects.values_list("pk", flat=True)}
    for name, file in names.items():
        is_key = name[:36] in keys and name.endswith((".key.json", ".part"))
        if name not in complete and name[:36] not in running and not is_key:
            file.unlink(missing_ok=True)


def _ours(pk: uuid.UUID, lease: Lease) -> QuerySet[ExportJob]:
    return ExportJob.objects.filter(pk=pk, state=ExportState.RUNNING, lease=lease.owner)
