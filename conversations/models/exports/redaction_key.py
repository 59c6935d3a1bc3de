"""The key to a redacted export: which placeholder stands for what. A file apart from the export, for who made it."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from conversations.models.user import User


class RedactionKeyQuerySet(models.QuerySet["RedactionKey"]):
    def of(self, user: User) -> RedactionKeyQuerySet:
        """Those to the exports that `user` made, newest first: nobody else ever sees one."""
        return self.filter(user=user).order_by("-created_at", "-pk")


class RedactionKey(models.Model):
    """Of an export in the background it has the number. `sitting` names the access records of what was exported."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="redaction_keys", verbose_name=_("user")
    )
    is_of_others = models.BooleanField(default=False)
    sitting = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("kept until"), default=timezone.now, editable=False)

    objects = RedactionKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("redaction key")
        verbose_name_plural = _("redaction keys")
        ordering = ("-created_at",)
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def path(self) -> Path:
        """Where it lies."""
        return Path(settings.DATA_DIR) / "exports" / f"{self.pk}.key.json"
