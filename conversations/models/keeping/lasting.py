"""What of a conversation says how long it lasts: kept, in the trash, temporary, or being deleted for good.

A temporary chat has a moment at which it goes (`temporary_until`), put off while a tab has it open. `purged_at` is set
before the first row of a conversation is deleted: from then on there is no way back, and a purge that was interrupted
goes on with it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self, TypeVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from conversations.models.user import User

C = TypeVar("C", bound="Lasting")


class LastingQuerySet(models.QuerySet[C]):
    """By how long they are kept."""

    def visible_to(self, user: User) -> Self:
        """What `user` may read and write on the site, temporary chats too."""
        return self.filter(owner=user, trashed_at=None)

    def trashed_by(self, user: User) -> Self:
        """What `user` may restore."""
        return self.filter(owner=user, purged_at=None, temporary_until=None).exclude(trashed_at=None)

    def lasting(self) -> Self:
        """Without temporary chats: they are in no list, search, export or review."""
        return self.filter(temporary_until=None)

    def besides_temporary(self) -> Self:
        """As `lasting`, for a walk down an index that does not know: temporary chats are few, and have their own."""
        return self.exclude(pk__in=self.model._default_manager.exclude(temporary_until=None).order_by().values("pk"))

    def temporary_and_over(self) -> Self:
        """Temporary chats that nobody has had open for the time of grace."""
        return self.filter(temporary_until__lte=timezone.now())


class Lasting(models.Model):
    """The part of a conversation that says how long it is kept."""

    trashed_at = models.DateTimeField(_("deleted"), null=True, blank=True, editable=False)
    purged_at = models.DateTimeField(null=True, blank=True, editable=False)
    temporary_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_temporary(self) -> bool:
        """Whether it goes with its last tab."""
        return self.temporary_until is not None

    def postpone(self, now: datetime | None = None) -> None:
        """Somebody is there: a temporary chat stays for as long as a lost connection may take to come back."""
        if self.temporary_until is not None:
            self.temporary_until = lost_at(now)

    def keep(self) -> bool:
        """Make a temporary chat an ordinary one; False when it is none, or gone already."""
        kept = type(self)._default_manager.filter(pk=self.pk, trashed_at=None).exclude(temporary_until=None)
        if kept.update(temporary_until=None) != 1:
            return False
        self.temporary_until = None
        return True

    def restore(self) -> bool:
        """Undo `trash`; False when it is being deleted for good."""
        return type(self)._default_manager.filter(pk=self.pk, purged_at=None).update(trashed_at=None) == 1


def lost_at(now: datetime | None = None) -> datetime:
    """When a temporary chat goes whose tabs are not heard of any more."""
    return (now or timezone.now()) + timedelta(seconds=settings.TEMPORARY_LOST_SECONDS)


def closed_at(now: datetime | None = None) -> datetime:
    """When a temporary chat goes whose last tab was closed: a reload takes less."""
    return (now or timezone.now()) + timedelta(seconds=settings.TEMPORARY_CLOSED_SECONDS)
