"""Attachments as pages, tabs and programs are told of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.formats import number_format
from django.utils.translation import ngettext

from conversations.live.protocol.events import AttachmentView
from conversations.models import Attachment, Message, SiteSettings, User
from conversations.models.attachment import Kind

_MEGABYTE = 1024 * 1024


def with_files(messages: Iterable[Message]) -> None:
    """Read the files of `messages` at once, without their texts."""
    if found := [message for message in messages if message.attached]:
        prefetch_related_objects(found, Prefetch("attachments", Attachment.objects.defer("text")))


def view_of(attachment: Attachment) -> AttachmentView:
    """Everything but the bytes and the text."""
    return AttachmentView(
        id=attachment.pk,
        kind=attachment.kind,
        name=attachment.name,
        media_type=attachment.media_type,
        size=attachment.size,
        width=attachment.width,
        height=attachment.height,
        pages=attachment.pages,
        tokens=attachment.tokens,
        remark=attachment.remark,
    )


def about(attachment: Attachment) -> str:
    """What a person is told of it in a line, as `static/js/attachments/words.js` says it too."""
    parts = []
    if attachment.pages:
        words = ngettext("%(count)s page", "%(count)s pages", attachment.pages)
        parts.append(words % {"count": _number(attachment.pages)})
    if attachment.kind == Kind.IMAGE:
        parts.append(f"{_number(attachment.width or 0)} × {_number(attachment.height or 0)}")
    else:
        words = ngettext("about %(count)s token", "about %(count)s tokens", attachment.tokens)
        parts.append(words % {"count": _number(attachment.tokens)})
    parts.append(_size(attachment.size))
    if attachment.remark:
        parts.append(attachment.get_remark_display())
    return " · ".join(parts)


@dataclass(frozen=True, slots=True)
class Space:
    """What somebody's files take, and may take: megabytes in words. `limit` is empty where there is none."""

    used: str
    limit: str


def space_of(user: User) -> Space:
    """For their account page."""
    used, limit = Attachment.objects.held_by(user).size / _MEGABYTE, SiteSettings.load().megabytes_per_user
    return Space(
        _number(round(max(used, 0.1) if used else 0, 1 if used < 9.95 else 0)), _number(limit) if limit else ""
    )


def _size(size: int) -> str:
    value, unit = (size / 1000, "kB") if size < 999_500 else (size / 1_000_000, "MB")
    return f"{_number(round(max(value, 0.1), 1 if value < 9.95 else 0))} {unit}"


def _number(value: float) -> str:
    return number_format(int(value) if value == int(value) else value, use_l10n=True, force_grouping=True)
