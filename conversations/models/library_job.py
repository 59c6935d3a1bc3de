"""Work on a backend's library that takes its time: pulls, pushes, creations and loads, with how far they have come."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conversations.models.lease import Lease


class JobKind(models.TextChoices):
    """What is done."""

    PULL = "pull", _("Download")
    PUSH = "push", _("Upload")
    CREATE = "create", _("Creation")
    LOAD = "load", _("Load into memory")


class JobState(models.TextChoices):
    """How it stands. `interrupted`: nobody works on it any more (restart, lost connection); what arrived is kept."""

    RUNNING = "running", _("Running")
    COMPLETE = "complete", _("Complete")
    STOPPED = "stopped", _("Stopped")
    INTERRUPTED = "interrupted", _("Interrupted")
    FAILED = "failed", _("Failed")


class LibraryJobQuerySet(models.QuerySet["LibraryJob"]):
    def running(self) -> LibraryJobQuerySet:
        """Those that somebody works on, or says so."""
        return self.filter(state=JobState.RUNNING)

    def begin(self, job: LibraryJob, lease: Lease) -> tuple[LibraryJob, bool]:
        """Store a new job under a lease; with False the one that does the same already."""
        now = timezone.now()
        job.state, job.lease, job.lease_until = JobState.RUNNING, lease.owner, lease.until(now)
        try:
            with transaction.atomic():
                job.save(force_insert=True)
        except IntegrityError:
            same = self.running().filter(kind=job.kind, backend_name=job.backend_name, model_name=job.model_name)
            found = same.first()
            if found is None:
                raise
            return found, False
        return job, True

    def begin_again(self, pk: uuid.UUID, lease: Lease) -> LibraryJob | None:
        """Take a job that has ended without success up again; None when there is none, or the same is running."""
        now = timezone.now()
        ended = self.filter(pk=pk).exclude(state__in=(JobState.RUNNING, JobState.COMPLETE))
        values: dict[str, Any] = {"error_code": "", "error_detail": "", "finished_at": None, "updated_at": now}
        try:
            with transaction.atomic():
                ended.update(state=JobState.RUNNING, lease=lease.owner, lease_until=lease.until(now), **values)
        except IntegrityError:
            return None
        return self.running().filter(pk=pk, lease=lease.owner).first()

    def forget_old(self, keep: int) -> None:
        """Delete all that have ended but the newest `keep`."""
        ended = self.exclude(state=JobState.RUNNING).order_by("-updated_at")
        self.filter(pk__in=list(ended.values_list("pk", flat=True)[keep : keep + 500])).delete()


class LibraryJob(models.Model):
    """One of them. `progress` is what `library.meter.Meter.value` tells; `request` what it was asked to do."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=JobKind.choices)
    backend_name = models.CharField(_("backend"), max_length=100)
    model_name = models.CharField(_("model"), max_length=600)
    request = models.JSONField(default=dict, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=JobState.choices, default=JobState.RUNNING)
    progress = models.JSONField(default=dict, blank=True)
    error_code = models.CharField(_("error"), max_length=40, blank=True)
    error_detail = models.TextField(_("error detail"), blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("started by")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True, editable=False)
    lease = models.CharField(max_length=120, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)

    objects = LibraryJobQuerySet.as_manager()

    class Meta:
        verbose_name = _("library job")
        verbose_name_plural = _("library jobs")
        ordering = ("-created_at",)
        default_permissions = ()
        permissions = (("manage_library", _("Can manage the library: pull, create, load, copy and delete models")),)
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "backend_name", "model_name"),
                condition=models.Q(state="running"),
                name="one_running_job_of_a_kind",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.model_name}"

    @classmethod
    def stop(cls, pk: uuid.UUID) -> str:
        """Mark a running job as stopped; the lease of who works on it, empty when nobody does."""
        now = timezone.now()
        lease = cls.objects.running().filter(pk=pk).values_list("lease", flat=True).first() or ""
        cls.objects.running().filter(pk=pk).update(state=JobState.STOPPED, finished_at=now, updated_at=now)
        return lease
