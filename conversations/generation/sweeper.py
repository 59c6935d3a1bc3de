"""Finds replies that nobody writes any more, and says so: at the start, and every few seconds."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from conversations.generation.entries import announce
from conversations.live.broadcasts import PROCESS, Hub, conversation_topic
from conversations.live.protocol.events import ErrorView, ReplyFinished
from conversations.models import Message, State
from conversations.tasks import read, write


async def keep_sweeping(hub: Hub, is_written: Callable[[int], object]) -> None:
    """Sweep for ever; leases of dead processes of this host are taken at once, the others' when they run out."""
    while True:
        if await read(_orphans, is_written):
            for finished, user in await write(sweep, is_written):
                await hub.publish(conversation_topic(finished.conversation), finished)
                await announce(hub, finished.conversation, user)
        await asyncio.sleep(settings.SWEEP_SECONDS)


def sweep(is_written: Callable[[int], object]) -> list[tuple[ReplyFinished, int]]:
    """Make running replies without a living writer `interrupted`; the events that tell it, with their owners."""
    found = []
    for reply in _orphans(is_written):
        # Compare and set: its writer may have come back, or finished, since it was read.
        taken = Message.objects.running().filter(pk=reply.pk, lease=reply.lease, lease_until=reply.lease_until)
        if taken.update(
            state=State.INTERRUPTED,
            lease="",
            lease_until=None,
            finished_at=timezone.now(),
            error_code="interrupted",
            html_version=0,
        ):
            finished = ReplyFinished(
                conversation=reply.conversation_id,
                reply=reply.pk,
                state=State.INTERRUPTED,
                content_length=len(reply.content),
                thinking_length=len(reply.thinking),
                error=ErrorView(code="interrupted"),
            )
            found.append((finished, reply.conversation.owner_id))
    return found


def _orphans(is_written: Callable[[int], object]) -> list[Message]:
    """Running replies without a writer. This process knows its own: a machine's sleep outlasts every lease."""
    dead = [lease for lease in _leases() if is_dead(lease)]
    nobodys = Q(lease_until__lt=timezone.now()) | Q(lease_until=None) | Q(lease__in=dead)
    found = Message.objects.running().filter(nobodys).select_related("conversation")
    return [reply for reply in found if not (reply.lease == PROCESS and is_written(reply.pk))]


def _leases() -> list[str]:
    leases = Message.objects.running().exclude(lease="").order_by("lease").values_list("lease", flat=True)
    return list(leases.distinct())


def is_dead(lease: str) -> bool:
    """Whether the lease names a process of this host that is not running any more."""
    host, pid, _start = (*lease.split("/"), "", "")[:3]
    own_host, own_pid, _own_start = PROCESS.split("/")
    if host != own_host or not pid.isdecimal() or lease == PROCESS:
        return False
    if pid == own_pid:
        return True  # an earlier process had our number
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
