"""Who read whose conversation, when and why. Rows are written once; nothing in the product changes or deletes them.

A record outlives the conversation and the reader's account; it goes with the account of the person it protects.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy as shallow_copy
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conversations.models.conversation import Conversation
from conversations.models.site import SiteSettings

if TYPE_CHECKING:
    from conversations.models.user import User

REASON_LIMIT = 300  # characters
OPERATOR = "manage.py export"
"""The reader's name (which no account can have) where the operator exported on the server."""


class AccessKind(models.TextChoices):
    """What was done."""

    READ = "read", _("Read")
    SEARCH = "search", _("Found by words")
    EXPORT = "export", _("Exported")
    UNBLIND = "unblind", _("Pseudonym lifted")


class AccessRecordQuerySet(models.QuerySet["AccessRecord"]):
    def told_to(self, user: User) -> AccessRecordQuerySet:
        """What `user` is told by now of the reading of their conversations, newest first."""
        return self.filter(owner=user, told_from__lte=timezone.now()).order_by("-at", "-pk")

    def note(
        self, kind: AccessKind, reader: User, conversation: Conversation, reason: str, sitting: str
    ) -> AccessRecord:
        """Write one; `sitting` names the reader's session. The owner learns of it after the delay of the settings."""
        (record,) = self._records(kind, reader, [conversation], reason, sitting)
        record.save(force_insert=True)
        return record

    def note_all(
        self, kind: AccessKind, reader: User, conversations: Iterable[Conversation], reason: str, sitting: str
    ) -> None:
        """Write one for each that is somebody else's, but none that this sitting has for the same reason."""
        foreign = {found.pk: found for found in conversations if found.owner_id != reader.pk}
        if not foreign:
            return
        known = self.filter(conversation_key__in=foreign, reader=reader, sitting=sitting, kind=kind, reason=reason)
        for key in known.values_list("conversation_key", flat=True):
            foreign.pop(key, None)
        self.bulk_create(self._records(kind, reader, foreign.values(), reason, sitting))

    def note_operator(self, conversations: Iterable[Conversation], reason: str) -> None:
        """Write that the operator exported these; again only what has changed since: backups would flood it."""
        found = {each.pk: each for each in conversations}
        own = self.filter(conversation_key__in=found, reader=None, sitting=OPERATOR, kind=AccessKind.EXPORT).order_by()
        for key, last in own.values_list("conversation_key").annotate(models.Max("at")):
            if found[key].updated_at <= last:
                del found[key]
        self.bulk_create(self._records(AccessKind.EXPORT, None, found.values(), reason, OPERATOR))

    def note_after(self, kind: AccessKind, records: Sequence[AccessRecord]) -> None:
        """Write one of that kind for each of `records`, which are of one sitting, but none that it has already."""
        if not records:
            return
        first, now = records[0], timezone.now()
        keys = [record.conversation_key for record in records]
        known = set(
            self.filter(conversation_key__in=keys, reader=first.reader, sitting=first.sitting, kind=kind).values_list(
                "conversation_key", flat=True
            )
        )
        told_from = now + timedelta(hours=SiteSettings.load().reading_told_after)
        new = [shallow_copy(record) for record in records if record.conversation_key not in known]
        for record in new:
            record.pk, record.kind, record.at, record.told_from = None, kind, now, told_from
        self.bulk_create(new)

    @staticmethod
    def _records(
        kind: AccessKind, reader: User | None, conversations: Iterable[Conversation], reason: str, sitting: str
    ) -> list[AccessRecord]:
        now = timezone.now()
        told_from = now + timedelta(hours=SiteSettings.load().reading_told_after)
        return [
            AccessRecord(
                owner_id=found.owner_id,
                reader=reader,
                reader_name=reader.get_username() if reader else OPERATOR,
                conversation_key=found.pk,
                title=found.title,
                kind=kind,
                reason=reason,
                sitting=sitting,
                at=now,
                told_from=told_from,
            )
            for found in conversations
        ]


class AccessRecord(models.Model):
    """One reading. `conversation_key` is the number the conversation has, or had."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="readings", verbose_name=_("owner"), db_index=False
    )
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("reader")
    )
    reader_name = models.CharField(_("reader"), max_length=150)
    conversation_key = models.UUIDField(_("conversation"))
    title = models.CharField(_("title"), max_length=120, blank=True)
    kind = models.CharField(_("what"), max_length=10, choices=AccessKind.choices, default=AccessKind.READ)
    reason = models.CharField(_("reason"), max_length=REASON_LIMIT)
    sitting = models.CharField(max_length=64, blank=True, editable=False)
    at = models.DateTimeField(_("when"), default=timezone.now, editable=False)
    told_from = models.DateTimeField(_("told to the owner from"), default=timezone.now, editable=False)

    objects = AccessRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("access record")
        verbose_name_plural = _("access records")
        ordering = ("-at", "-pk")
        default_permissions = ("view",)
        indexes = (
            models.Index(fields=("owner", "-at"), name="access_of_owner"),
            models.Index(fields=("conversation_key", "reader", "sitting"), name="access_by_sitting"),
        )

    def __str__(self) -> str:
        return f"{self.reader_name}: {self.title}"
