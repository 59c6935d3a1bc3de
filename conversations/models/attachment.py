"""A picture, a text or a PDF that somebody added to a message: what is known of it, and under which name it is kept.

Its bytes lie in the data folder under `stored_name`, which the server made. Rows may share them: a question that is
edited keeps its files. What is never sent belongs to no message, and is purged. One that was imported has its text
alone, and no `stored_name`.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy as shallow_copy
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conversations.ids import uuid7
from conversations.models.message import Message

if TYPE_CHECKING:
    from conversations.models.user import User


class Kind(models.TextChoices):
    """How a model is given it: an image as it is, the others as their text."""

    IMAGE = "image", _("Image")
    TEXT = "text", _("Text")
    PDF = "pdf", _("PDF")


class Remark(models.TextChoices):
    """What a person should know of how it was read."""

    NONE = ""
    FIRST_FRAME = "first_frame", _("first picture of an animation")
    CUT = "cut", _("only its beginning")


@dataclass(frozen=True, slots=True)
class Held:
    """What somebody's files take, in bytes, and how many of them are not sent yet."""

    size: int
    unsent: int


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, user: User) -> AttachmentQuerySet:
        """What `user` may read: their own that are not sent yet, and those of messages that they may see."""
        sent = models.Q(message__in=Message.objects.visible_to(user))
        return self.filter(models.Q(owner=user, message=None) | sent)

    def held_by(self, user: User) -> Held:
        """What `user` has, in one query: bytes that rows share count once."""
        files = self.filter(owner=user).exclude(stored_name="").order_by().values("stored_name")
        sizes = files.annotate(bytes=models.Max("size"), waiting=models.Count("pk", filter=models.Q(message=None)))
        found = sizes.aggregate(total=models.Sum("bytes"), unsent=models.Sum("waiting"))
        return Held(found["total"] or 0, found["unsent"] or 0)

    def unsent_by(self, user: User) -> AttachmentQuerySet:
        """What `user` may send."""
        return self.filter(owner=user, message=None)


@dataclass(frozen=True, slots=True)
class Files:
    """What comes with a question: `kept` ones of the question that it replaces, then `added` ones of the sender's."""

    added: Sequence[UUID] = ()
    kept: Sequence[Attachment] = ()

    def __len__(self) -> int:
        return len(self.added) + len(self.kept)

    def give(self, sender: User, message: Message) -> bool:
        """Make them the message's, in this order; False when one is not there to be given.

        Call it in the transaction that writes the message, and roll back when it is False. Kept ones stay where they
        are as well: their bytes are shared.
        """
        for place, attachment in enumerate(self.kept):
            copy = shallow_copy(attachment)
            copy.pk, copy.message, copy.position = uuid7(), message, place
            copy.save(force_insert=True)
        free = Attachment.objects.unsent_by(sender)
        return all(
            free.filter(pk=pk).update(message=message, position=place)
            for place, pk in enumerate(self.added, len(self.kept))
        )


NO_FILES = Files()


class Attachment(models.Model):
    """`size` is in bytes, `width` and `height` are pixels of what is kept, `tokens` is an estimate."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("owner"))
    message = models.ForeignKey(Message, models.CASCADE, null=True, blank=True, related_name="attachments")
    position = models.PositiveSmallIntegerField(default=0, editable=False)
    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=200)
    media_type = models.CharField(_("media type"), max_length=100)
    size = models.PositiveIntegerField(_("size"))
    width = models.PositiveIntegerField(_("width"), null=True, blank=True)
    height = models.PositiveIntegerField(_("height"), null=True, blank=True)
    pages = models.PositiveIntegerField(_("pages"), null=True, blank=True)
    tokens = models.PositiveIntegerField(_("estimated tokens"), default=0)
    text = models.TextField(_("text"), blank=True)
    remark = models.CharField(_("remark"), max_length=20, choices=Remark.choices, blank=True)
    stored_name = models.CharField(max_length=40, editable=False, db_index=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ("message_id", "position", "id")

    def __str__(self) -> str:
        return self.name
