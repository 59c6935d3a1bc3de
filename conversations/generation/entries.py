"""How conversations stand, for their owners' sidebars; what changes within a moment is told together."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from conversations.live.broadcasts import Hub, user_topic
from conversations.live.protocol.events import ConversationChanged
from conversations.models import Conversation
from conversations.tasks import read, spawn

MOMENT = 0.05
_changed: dict[UUID, int] = {}
_telling: set[asyncio.Task[object]] = set()


async def announce(hub: Hub, conversation: UUID, user: int) -> None:
    """Tell the owner's tabs, if there are any, after a moment: a hundred replies that end together are one look-up."""
    if hub.has_listeners(user_topic(user)):
        _changed[conversation] = user
        if len(_changed) == 1:
            task = spawn(_tell_all(hub), "announce")
            _telling.add(task)
            task.add_done_callback(_telling.discard)


async def settle() -> None:
    """Return when everything that was announced has been told; for a process that is about to end."""
    if _telling:
        await asyncio.wait(tuple(_telling))


def changed_event(conversation: UUID) -> ConversationChanged | None:
    """The sidebar's entry as it is now; None when the conversation is gone for good."""
    return next(iter(changed_events([conversation])), None)


def changed_events(conversations: Collection[UUID]) -> list[ConversationChanged]:
    """The entries of those that are not gone for good. Temporary chats have none."""
    found = Conversation.objects.lasting().filter(pk__in=conversations).with_generating().order_by()
    rows: Iterable[tuple[UUID, str, datetime | None, datetime, bool]] = found.values_list(
        "pk",
        "title",
        "trashed_at",
        "updated_at",
        "generating",  # type: ignore[misc] # annotated
    )
    return [
        ConversationChanged(
            conversation=pk,
            title=title,
            generating=generating,
            deleted=trashed_at is not None,
            updated_at=updated_at.isoformat(),
        )
        for pk, title, trashed_at, updated_at, generating in rows
    ]


async def _tell_all(hub: Hub) -> None:
    try:
        await asyncio.sleep(MOMENT)
    finally:
        changed = dict(_changed)
        _changed.clear()
    for event in await read(changed_events, list(changed)):
        await hub.publish(user_topic(changed[event.conversation]), event)
