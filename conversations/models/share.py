"""A link by which others read a conversation as it was: one path of it, up to the message at which the link was made.

Whoever has the link's token can read what the site's settings allow. The token has 192 random bits and is found by its
hash; sealed it is there for its owner, who may want to copy the link again. A link that was stopped stays as a record,
and where staff have barred it, its owner can make no other.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conversations.models.conversation import TITLE_LIMIT, Conversation, Refused
from conversations.models.message import RUNNING, Message, Role, State
from conversations.models.paths import walk_up
from conversations.models.statements import lock
from conversations.sealing import Unreadable, seal, unseal

if TYPE_CHECKING:
    from conversations.models.user import User

TOKEN_BYTES = 24
UNDO = timedelta(hours=1)
"""How long its owner can take back that a link was stopped."""
SHOWN = (Role.USER, Role.ASSISTANT, Role.TOOL)
_CAN_GROW = (State.STOPPED, State.INTERRUPTED, State.FAILED)


class ShareQuerySet(models.QuerySet["Share"]):
    def active(self) -> ShareQuerySet:
        """Neither stopped nor expired."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), stopped_at=None)

    def readable(self) -> ShareQuerySet:
        """Active, with all of the path still there, of somebody who may still come in."""
        there = self.filter(
            leaf__isnull=False,
            leaf__trashed_at=None,  # whatever is deleted takes along what hangs below it
            conversation__trashed_at=None,
            conversation__purged_at=None,
            conversation__temporary_until=None,
        )
        return there.active().filter(conversation__owner__is_active=True, conversation__owner__is_approved=True)

    def find(self, token: str) -> Share | None:
        """The readable one with this token, or None."""
        return self.readable().select_related("conversation").filter(digest=_digest(token)).first()

    def barred(self, conversation: Conversation) -> ShareQuerySet:
        """The one that staff have stopped, and with it any other, until they allow them again."""
        return self.filter(conversation=conversation, is_barred=True).order_by("-stopped_at")

    def of(self, user: User) -> ShareQuerySet:
        """The active links to conversations of one person, newest first."""
        own = self.active().filter(conversation__owner=user, conversation__trashed_at=None)
        return own.select_related("conversation", "leaf").order_by("-made_at", "-pk")

    def make(self, conversation: Conversation, expires_at: datetime | None = None) -> Share:
        """The active link to `conversation`: a new one, unless there is one.

        Raises Refused as `Share.take` does, and (`sharing_barred`) where staff have stopped one.
        """
        with transaction.atomic():
            lock(conversation)
            if found := self.active().filter(conversation=conversation).first():
                return found
            if self.barred(conversation).exists():
                raise Refused("sharing_barred")
            token = secrets.token_urlsafe(TOKEN_BYTES)
            share = Share(conversation=conversation, digest=_digest(token), sealed=seal(token), expires_at=expires_at)
            share.take()
            self.filter(conversation=conversation, stopped_at=None).update(stopped_at=timezone.now())  # expired
            share.save(force_insert=True)
        return share


class Share(models.Model):
    """`leaf` is the end of the path that is shown. `lengths` are those of replies that may be continued later."""

    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="shares", verbose_name=_("conversation")
    )
    leaf = models.ForeignKey(Message, models.SET_NULL, null=True, editable=False, related_name="+")
    title = models.CharField(_("title"), max_length=TITLE_LIMIT, blank=True)
    lengths = models.JSONField(default=dict, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    sealed = models.TextField(editable=False)
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    taken_at = models.DateTimeField(_("shows it as of"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True, editable=False)
    stopped_by = models.CharField(_("stopped by"), max_length=150, blank=True, editable=False)
    is_barred = models.BooleanField(default=False, editable=False)

    objects = ShareQuerySet.as_manager()

    class Meta:
        verbose_name = _("shared link")
        verbose_name_plural = _("shared links")
        ordering = ("-made_at", "-pk")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=("conversation",), condition=Q(stopped_at=None), name="one_link_of_a_conversation"
            ),
        )

    def __str__(self) -> str:
        return self.title or str(_("New chat"))

    @property
    def token(self) -> str | None:
        """What the link ends with; None after SECRET_KEY was lost, when only a new link can be shown."""
        try:
            found = unseal(self.sealed)
        except Unreadable:
            return None
        return found if _digest(found) == self.digest else None

    @property
    def is_whole(self) -> bool:
        """Whether no message of it was deleted since."""
        return self.leaf is not None and self.leaf.trashed_at is None

    @property
    def is_behind(self) -> bool:
        """Whether the conversation shows something else by now: it went on, or another branch was chosen."""
        return self.leaf_id != self.conversation.leaf_id or bool(self._lengths_now() != self.lengths)

    def take(self) -> None:
        """Show the conversation as it is now, without saving. Raises Refused (`empty`, `conversation_busy`)."""
        end = self.conversation.leaf
        if self.conversation.is_temporary or end is None or end.trashed_at is not None:
            raise Refused("empty")
        if end.is_running:
            raise Refused("conversation_busy")
        self.leaf, self.title, self.taken_at = end, self.conversation.title, timezone.now()
        self.__dict__.pop("numbers", None)
        self.lengths = self._lengths_now()

    def renew(self) -> None:
        """Show the conversation as it is now. Raises Refused as `take`."""
        self.take()
        self.save(update_fields=["leaf", "title", "taken_at", "lengths"])

    def stop(self, by: str, *, is_barred: bool = False) -> bool:
        """Nobody reads by it any more; `by` is a user name. False when it was stopped before.

        Where it `is_barred`, for staff, it does not come back, nor is there another one until they allow it.
        """
        self.stopped_at, self.stopped_by, self.is_barred = timezone.now(), by, is_barred
        values = {"stopped_at": self.stopped_at, "stopped_by": by, "is_barred": is_barred}
        with transaction.atomic():
            lock(self.conversation)
            return Share.objects.filter(pk=self.pk, stopped_at=None).update(**values) == 1

    def resume(self, by: str) -> bool:
        """Undo `stop`; False when somebody else did that, it is long ago, or there is a new link or a barred one."""
        own = Share.objects.filter(pk=self.pk, stopped_by=by, stopped_at__gt=timezone.now() - UNDO)
        try:
            with transaction.atomic():
                lock(self.conversation)
                is_barred = Share.objects.barred(self.conversation).exists()
                return not is_barred and own.update(stopped_at=None, stopped_by="") == 1
        except IntegrityError:
            return False

    @cached_property
    def numbers(self) -> list[int]:
        """The messages of the path, from the root to its end; without a system's, which are settings."""
        rows = self.conversation.messages.filter(pk__lte=self.leaf_id or 0).order_by("-pk").only("pk", "parent", "role")
        path = list(walk_up(self.leaf_id, lambda most: [row for row in rows if row.pk <= most]))
        return [row.pk for row in reversed(path) if row.role in SHOWN]

    def messages(self, numbers: Sequence[int]) -> list[Message]:
        """Those of `numbers`, in order, as they were: what was written on later is cut off."""
        found = list(self.conversation.messages.filter(pk__in=numbers).order_by("pk"))
        for message in found:
            length = self.lengths.get(str(message.pk))
            if length is not None and (message.is_running or len(message.content) > length):
                message.content, message.state, message.html_version = message.content[:length], State.STOPPED, 0
        return found

    def _lengths_now(self) -> dict[str, int]:
        """By number, of those that somebody may have continued."""
        replies = self.conversation.messages.filter(pk__in=self.numbers, role=Role.ASSISTANT)
        open_ended = replies.filter(Q(state__in=(*_CAN_GROW, *RUNNING)) | Q(state=State.COMPLETE, reason="length"))
        return {str(pk): len(text) for pk, text in open_ended.order_by("pk").values_list("pk", "content")}


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
