"""An export that is made in the background: what was asked for, how far it is, and where the file lies."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

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

    def begin(self, job: ExportJob) -> ExportJob:
        """Store a new one, for whichever process is free. Raises TooManyExports."""
        try:
            with transaction.atomic():
                if self.filter(user=job.user).count() >= settings.EXPORTS_KEPT:
                    raise TooManyExports
                job.save(force_insert=True)
        except IntegrityError:
            raise TooManyExports from None
        return job

    def begin_again(self, user: User, pk: uuid.UUID) -> bool:
        """Let one that did not come to its end be made from its beginning. Raises TooManyExports."""
        ended = self.filter(user=user, pk=pk).exclude(state__in=(*UNFINISHED, ExportState.COMPLETE))
        try:
            with transaction.atomic():
                return ended.update(
                    state=ExportState.WAITING, error_code="", done=0, total=None, size=0, finished_at=None
                ) == 1  # fmt: skip
        except IntegrityError:
            raise TooManyExports from None

    def stop(self, user: User, pk: uuid.UUID) -> None:
        """End it, whichever process works on it: that one finds out when it next tells how far it is."""
        own = self.unfinished().filter(user=user, pk=pk)
        own.update(state=ExportState.STOPPED, finished_at=timezone.now(), lease="", lease_until=None)


class ExportJob(models.Model):
    """`request` is an `exports.request.ExportRequest`; `done` of `total` conversations are in the file."""

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
        constraints = (
            models.UniqueConstraint(
                fields=("user",), condition=models.Q(state__in=UNFINISHED), name="one_unfinished_export_of_a_person"
            ),
        )

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
