"""A person's word on a call that waits for it, in whichever process it waits."""

from __future__ import annotations

from conversations.generation.asking import Who, visible_message
from conversations.generation.engine import engine
from conversations.live.broadcasts import hub
from conversations.live.protocol.commands import Approve
from conversations.models import Message, Role
from conversations.models.conversation import Refused
from conversations.tasks import read


async def approve(who: Who, command: Approve) -> None:
    """Carry out or refuse a call. Raises Refused when it does not wait any more."""
    message = await read(_waiting, who, command.message)
    if not engine.runner.rounds.approvals.decide(message.pk, command.decision):
        await hub.signal(message.lease, "approve", message=message.pk, decision=command.decision)


def _waiting(who: Who, pk: int) -> Message:
    message = visible_message(who(), pk)
    if message.role != Role.TOOL or not message.is_running:
        raise Refused("not_found", "message")
    return message
