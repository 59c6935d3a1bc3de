"""Keys for programs: shown once, stored as a hash, each for some kinds of things that its user may do."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from conversations.models.user import User

PREFIX = "cs_"
NAME_LIMIT = 100
MOST_TOKENS = 50
"""Of one person; with more nobody knows any more what is where."""
_SERVER_RIGHTS = tuple(f"conversations.{verb}_backend" for verb in ("view", "add", "change", "delete"))


class Scope(models.TextChoices):
    """What a token may be used for; always within what its user may do."""

    READ = "read", _("Read your conversations, their transcripts, and which models there are")
    WRITE = "write", _("Ask models, and make, change and delete your conversations and files")
    EXPORT = "export", _("Export many conversations at once: your own, and those your account may export")
    REVIEW = "review", _("Read and label what your account may review")
    ADMIN = "admin", _("Set up model servers, and pull, copy and delete models")

    @classmethod
    def offered_to(cls, user: User) -> list[Scope]:
        """Those that open anything for `user`."""
        rights = {
            cls.REVIEW: user.has_perm("conversations.review_conversation"),
            cls.ADMIN: user.may_manage_library or (user.is_staff and any(map(user.has_perm, _SERVER_RIGHTS))),
        }
        return [scope for scope in cls if rights.get(scope, True)]


BASIC = (Scope.READ, Scope.WRITE)
"""What a token is for unless something else is said."""


class TooManyTokens(ValueError):
    """A person has as many as one may have."""


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self) -> ApiTokenQuerySet:
        """Not expired, of people who may still come in."""
        now = timezone.now()
        return self.filter(
            models.Q(expires_at=None) | models.Q(expires_at__gt=now), user__is_active=True, user__is_approved=True
        )

    def of(self, user: User) -> ApiTokenQuerySet:
        """Those of one person, newest first."""
        return self.filter(user=user).order_by("-created_at", "-pk")

    def find(self, secret: str) -> ApiToken | None:
        """The usable token with this secret, or None."""
        if not secret.startswith(PREFIX):
            return None
        found = self.usable().select_related("user").filter(digest=_digest(secret)).first()
        return found if found is not None and found.user.may_chat else None


class ApiToken(models.Model):
    """A named key of a user. 160 random bits need no slow hash."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tokens", verbose_name=_("user"))
    name = models.CharField(_("name"), max_length=NAME_LIMIT)
    scopes = models.JSONField(_("scopes"), default=list)
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
    def issue(
        cls, user: User, name: str, scopes: Collection[str] = BASIC, expires_at: datetime | None = None
    ) -> tuple[ApiToken, str]:
        """Make a token; the second value is the secret, which nobody can read again.

        Raises ValueError for a scope that there is not, TooManyTokens for one token more than `MOST_TOKENS`.
        """
        wanted = {Scope(scope) for scope in scopes}
        if cls.objects.filter(user=user).count() >= MOST_TOKENS:
            raise TooManyTokens
        secret = PREFIX + secrets.token_urlsafe(32)
        kept = [scope.value for scope in Scope if scope in wanted]
        token = cls.objects.create(user=user, name=name, scopes=kept, digest=_digest(secret), expires_at=expires_at)
        return token, secret

    def allows(self, scope: Scope) -> bool:
        """Whether it was made for that."""
        return scope in self.scopes

    @property
    def has_expired(self) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= timezone.now()

    def used(self, now: datetime) -> None:
        """Remember the use, to the minute: a write per request would cost more than the request."""
        if self.last_used_at is None or now - self.last_used_at > timedelta(minutes=1):
            ApiToken.objects.filter(pk=self.pk).update(last_used_at=now)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
