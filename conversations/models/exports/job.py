"""An export that is made in the background: what was asked for, how far it is, and where the file lies."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conversations.models.lease import Lease

if TYPE_CHECKING:
    from conversations.models.user import User


class ExportState(models.TextChoices):
    """How it stands. `interrupted`: its process is gone; it can be begun again."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    COMPLETE = "complete", _("Complete")
    STOPPED = "stopped", _("Stopped")
    INTERRUPTED = "interrupted", _("Interrupted")
    FAILED = "failed", _("Failed")


UNFINISHED = (ExportState.WAITING, ExportState.RUNNING)


class TooManyExports(ValueError):
    """Somebody has as many running or kept as one may have."""


class ExportJobQuerySet(models.QuerySet["ExportJob"]):
    def of(self, user: User) -> ExportJobQuerySet:
        """Those that `user` asked for, newest first: nobody else ever sees one."""
        return self.filter(user=user).order_by("-created_at", "-pk")

    def unfinished(self) -> ExportJobQuerySet:
        """Those that somebody works on or will, or says so."""
        return self.filter(state__in=UNFINISHED)

    def begin(self, job: ExportJob, lease: Lease) -> ExportJob:
        """Store a new one under a lease. Raises TooManyExports."""
        now = timezone.now()
        job.state, job.lease, job.lease_until = ExportState.WAITING, lease.owner, lease.until(now)
        with transaction.atomic():
            own = self.filter(user=job.user)
            if own.unfinished().exists() or own.count() >= settings.EXPORTS_KEPT:
                raise TooManyExports
            job.save(force_insert=True)
        return job

    def begin_again(self, user: User, pk: uuid.UUID, lease: Lease) -> ExportJob | None:
        """Take up one that did not come to its end, from its beginning; None when there is none to take up."""
        now = timezone.now()
        with transaction.atomic():
            own = self.filter(user=user)
            if own.unfinished().exists():
                return None
            ended = own.filter(pk=pk).exclude(state=ExportState.COMPLETE)
            ended.update(
                state=ExportState.WAITING, lease=lease.owner, lease_until=lease.until(now), error_code="",
                done=0, size=0, finished_at=None, expires_at=None,
            )  # fmt: skip
        return own.unfinished().filter(pk=pk, lease=lease.owner).first()

    def stop(self, user: User, pk: uuid.UUID) -> None:
        """End it, whichever process works on it: that one finds out when it next tells how far it is."""
        own = self.unfinished().filter(user=user, pk=pk)
        own.update(state=ExportState.STOPPED, finished_at=timezone.now(), lease="", lease_until=None)


class ExportJob(models.Model):
    """`request` is an `exports.request.ExportRequest`; `done` of `total` conversations are in the file.

    `sitting` tells for whom reading is recorded: who asked, and why, is in `request`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="exports", verbose_name=_("user"))
    request = models.JSONField(default=dict)
    language = models.CharField(max_length=10, default="en")
    state = models.CharField(_("state"), max_length=12, choices=ExportState.choices, default=ExportState.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    size = models.PositiveBigIntegerField(_("size"), default=0)
    error_code = models.CharField(_("error"), max_length=40, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True, editable=False)
    expires_at = models.DateTimeField(_("kept until"), null=True, blank=True, editable=False)
    lease = models.CharField(max_length=120, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ExportJobQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ("-created_at",)
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_unfinished(self) -> bool:
        """Whether it is waited for."""
        return self.state in UNFINISHED

    @property
    def percent(self) -> int | None:
        """How far it is; None until it is known how much there is."""
        return min(100, self.done * 100 // max(self.total, 1)) if self.total is not None else None

    @property
    def path(self) -> Path:
        """Where the file is, once it is complete: below its number, which tells nobody anything."""
        return Path(settings.DATA_DIR) / "exports" / f"{self.pk}.{self.request.get('package', 'zip')}"

    @property
    def part(self) -> Path:
        """Where it grows until then; with the lease in it, two processes never write the same one."""
        return self.path.with_suffix(".part")

    @classmethod
    def life(cls) -> timedelta:
        """How long a file is kept."""
        return timedelta(seconds=settings.EXPORT_LIFE)

    def values(self) -> dict[str, Any]:
        """What is shown of it."""
        return {"id": self.pk, "state": self.state, "done": self.done, "total": self.total, "size": self.size}
