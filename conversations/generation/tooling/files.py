"""The files of a conversation, as the tools that read them see them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models.functions import Length

from conversations.models import Attachment, Conversation
from conversations.models.attachment import Kind
from conversations.tasks import read
from conversations.tools.attachments import FileEntry, Files


def files_of(conversation: Conversation) -> Files:
    """Those of its messages that are not in the trash, oldest first."""
    number = conversation.pk

    async def entries() -> Sequence[FileEntry]:
        return [entry for _pk, entry in await read(_entries, number)]

    async def text(place: int) -> str:
        pk, _entry = (await read(_entries, number))[place]
        return await read(_text, pk)

    return Files(entries, text)


def _entries(conversation: UUID) -> list[tuple[UUID, FileEntry]]:
    rows = Attachment.objects.filter(message__conversation=conversation, message__trashed_at=None)
    rows = rows.order_by("message_id", "position")
    found = []
    for pk, name, kind, media_type, size, length in rows.values_list(
        "pk", "name", "kind", "media_type", "size", Length("text")
    ):
        found.append((pk, FileEntry(name, media_type, size, None if kind == Kind.IMAGE else length)))
    return found


def _text(pk: UUID) -> str:
    return Attachment.objects.values_list("text", flat=True).get(pk=pk)
