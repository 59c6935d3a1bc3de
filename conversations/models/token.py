"""Keys for programs: shown once, stored as a hash."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from conversations.models.user import User

PREFIX = "cs_"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self) -> ApiTokenQuerySet:
        """Not expired, of people who may still come in."""
        now = timezone.now()
        return self.filter(
            models.Q(expires_at=None) | models.Q(expires_at__gt=now), user__is_active=True, user__is_approved=True
        )

    def find(self, secret: str) -> ApiToken | None:
        """The usable token with this secret, or None."""
        if not secret.startswith(PREFIX):
            return None
        return self.usable().select_related("user").filter(digest=_digest(secret)).first()


class ApiToken(models.Model):
    """A named key of a user. 160 random bits need no slow hash."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tokens", verbose_name=_("user"))
    name = models.CharField(_("name"), max_length=100)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def issue(cls, user: User, name: str, lifetime: timedelta | None = None) -> tuple[ApiToken, str]:
        """Make a token; the second value is the secret, which nobody can read again."""
        secret = PREFIX + secrets.token_urlsafe(32)
        expires_at = timezone.now() + lifetime if lifetime else None
        token = cls.objects.create(user=user, name=name, digest=_digest(secret), expires_at=expires_at)
        return token, secret

    def used(self, now: datetime) -> None:
        """Remember the use, to the minute: a write per request would cost more than the request."""
        if self.last_used_at is None or now - self.last_used_at > timedelta(minutes=1):
            ApiToken.objects.filter(pk=self.pk).update(last_used_at=now)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
