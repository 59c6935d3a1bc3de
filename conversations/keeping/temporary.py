"""Temporary chats: stored while a tab has them open, and removed for good soon after the last one was closed.

The row says until when it is kept (`temporary_until`). Every process puts that off for the tabs it serves, so several
processes need not know of each other's. A tab that closes says so: the time left becomes short, unless another tab's
process puts it off again. One that is lost says nothing: its chat stays for as long as the connection may take to come
back, over a crash or a restart of the server, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from conversations.keeping.holds import holds_person
from conversations.keeping.removing import go_on, remove
from conversations.live.broadcasts import Hub, user_topic
from conversations.live.protocol.events import ConversationChanged
from conversations.models import Conversation, Message, Role
from conversations.models.conversation import Refused, first_title
from conversations.models.keeping.lasting import closed_at, lost_at
from conversations.tasks import read, spawn, write

_PATIENCE = timedelta(minutes=1)  # then whoever began to remove one is not at it any more
CLEAN = (None, 1000, 1001, 1005)
"""Close codes of a tab that says goodbye (RFC 6455, 7.4.1), which it may do without one; a lost connection has 1006."""


class Presence:
    """Which tabs of this process have a temporary chat open."""

    def __init__(self) -> None:
        self._at: dict[object, UUID] = {}

    @property
    def chats(self) -> list[UUID]:
        """Those that are open."""
        return list(set(self._at.values()))

    def enter(self, tab: object, conversation: UUID) -> None:
        """The tab shows it; harmless when it did."""
        if self._at.get(tab) != conversation:
            self._at[tab] = conversation
            spawn(write(postpone, [conversation]), "temporary")

    def leave(self, tab: object, *, is_closed: bool) -> None:
        """The tab shows it no more; `is_closed` when its person closed it or went on."""
        conversation = self._at.pop(tab, None)
        if conversation is not None and is_closed and conversation not in self._at.values():
            spawn(write(shorten, conversation), "temporary")


presence = Presence()


async def keep_tidy(hub: Hub, stop: Callable[[int], object]) -> None:
    """Put off what is open here, and remove what nobody has open, for ever. `stop` ends a reply of this process."""
    while True:
        if presence.chats:
            await write(postpone, presence.chats)
        if await read(_any_is_over):
            await sweep(hub, stop)
        await asyncio.sleep(settings.TEMPORARY_CLOSED_SECONDS / 4)


async def sweep(hub: Hub, stop: Callable[[int], object]) -> int:
    """Remove those whose time is over; how many."""
    count = 0
    while (found := await write(_claim)) is not None:
        conversation, owner, running = found
        for reply in running:
            stop(reply)
        gone = ConversationChanged(
            conversation=conversation, title="", generating=False, deleted=True, updated_at=timezone.now().isoformat()
        )
        await hub.publish(user_topic(owner), gone)
        steps, is_going = remove(conversation), True
        while is_going:
            is_going = await write(go_on, steps)
        count += 1
    return count


def begin(person: int) -> datetime:
    """Until when a new one is kept at first. Raises Refused while all that they have is held: nothing may vanish."""
    if holds_person(person):
        raise Refused("no_temporary", "temporary")
    return lost_at()


def keep(conversation: Conversation) -> bool:
    """Make it an ordinary one, with a title; False when it is none, or gone."""
    if not conversation.keep():
        return False
    said = conversation.messages.filter(role=Role.USER, parent=None).order_by("pk").values_list("content", flat=True)
    Conversation.objects.filter(pk=conversation.pk, title="").update(title=first_title(said.first() or ""))
    return True


def postpone(conversations: list[UUID]) -> None:
    """Somebody has them open."""
    rows = Conversation.objects.filter(pk__in=conversations, purged_at=None).exclude(temporary_until=None)
    rows.update(temporary_until=lost_at())


def shorten(conversation: UUID) -> None:
    """The last tab here was closed."""
    moment = closed_at()
    Conversation.objects.filter(pk=conversation, temporary_until__gt=moment).update(temporary_until=moment)


def _any_is_over() -> bool:
    return Conversation.objects.temporary_and_over().exists()


def _claim() -> tuple[UUID, int, list[int]] | None:
    """One to be removed, by this process alone: with its owner, and the replies that are being written in it."""
    now = timezone.now()
    free = Q(purged_at=None) | Q(purged_at__lt=now - _PATIENCE)
    for pk, owner in Conversation.objects.temporary_and_over().filter(free).values_list("pk", "owner_id")[:20]:
        taken = Conversation.objects.temporary_and_over().filter(free, pk=pk)
        if taken.update(purged_at=now, trashed_at=now):
            return pk, owner, list(Message.objects.running().filter(conversation=pk).values_list("pk", flat=True))
    return None
