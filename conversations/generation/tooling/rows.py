"""What a round of calls leaves in the database: a tool's message for each call, and the reply that reads them.

Whatever happens to the process, the path ends in a row that somebody writes: the calls' messages are there before their
reply ends, and the next reply before the last of them does.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from conversations.backends.base import ToolCall
from conversations.generation.scribe import own_lease
from conversations.live.broadcasts import PROCESS
from conversations.models import Conversation, Message, Role, State, User
from conversations.models.conversation import Refused
from conversations.models.message import RUNNING
from conversations.text import clean_text
from conversations.tools.base import ARGUMENTS_LIMIT

MOST_CALLS = 16
# What a tool's message says while a person is asked.
ASKING = "approval"
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Call:
    """A call and its message."""

    call: ToolCall
    row: Message


def store_calls(reply: Message, calls: Sequence[ToolCall], facts: Mapping[str, Mapping[str, Any]]) -> list[Call]:
    """Write the calls of `reply`, which is about to end, and their messages below it; none when it is not ours now.

    `facts` says of each tool, by its name, what its messages remember.
    """
    named = [_with_id(call, f"call_{reply.pk}_{number}") for number, call in enumerate(calls[:MOST_CALLS], 1)]
    with transaction.atomic():
        ours = Message.objects.filter(pk=reply.pk, lease=PROCESS, state__in=RUNNING)
        if not ours.update(tool_calls=[_as_json(call) for call in named]):
            return []
        found: list[Call] = []
        parent = reply.pk
        for call in named:
            row = _row(reply, parent, Role.TOOL)
            row.tool_name, row.tool_call_id = call.name[:_LONGEST_NAME], call.id
            row.provenance = {"arguments": _shown(call), **facts.get(call.name, {})}
            row.save(force_insert=True)
            found.append(Call(call, row))
            parent = row.pk
        _move_leaf(reply.conversation_id, reply.pk, parent)
    return found


def store_next(reply: Message, last: Message) -> Message | None:
    """Write the reply that goes on below the last call's message; None when that was ended elsewhere."""
    with transaction.atomic():
        if not Message.objects.filter(pk=last.pk, lease=PROCESS, state__in=RUNNING).exists():
            return None
        row = _row(reply, last.pk, Role.ASSISTANT)
        row.backend_name, row.model_name = reply.backend_name, reply.model_name
        row.save(force_insert=True)
        _move_leaf(reply.conversation_id, last.pk, row.pk)
    return Message.objects.select_related("conversation").get(pk=row.pk)


def follow(last: Message, user: User) -> Message:
    """Write a reply below a call's message that has an end, by the conversation's model of now. Raises Refused."""
    conversation = last.conversation
    if conversation.messages.running().exists():
        raise Refused("conversation_busy", "reply")
    row = _row(last, last.pk, Role.ASSISTANT)
    row.conversation, row.sender = conversation, user
    row.backend_name, row.model_name = conversation.backend_name, conversation.model_name
    row.save(force_insert=True)
    conversation.choose(row.pk)
    return row


def mark(row: Message, state: State, reason: str = "") -> None:
    """Say in the database what a call waits for: a page may be loaded from another process."""
    Message.objects.filter(pk=row.pk, lease=PROCESS, state__in=RUNNING).update(state=state, reason=reason)


def remember_approval(row: Message) -> None:
    """The tool needs no asking in this conversation any more."""
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update().get(pk=row.conversation_id)
        if row.tool_name not in conversation.approved_tools:
            conversation.approved_tools = [*conversation.approved_tools, row.tool_name]
            conversation.save(update_fields=["approved_tools"])


def _row(reply: Message, parent: int, role: Role) -> Message:
    now = timezone.now()
    lease = own_lease()
    return Message(
        conversation_id=reply.conversation_id,
        parent_id=parent,
        role=role,
        state=State.QUEUED,
        sender_id=reply.sender_id,
        lease=lease.owner,
        lease_until=lease.until(now),
        created_at=now,
    )


def _move_leaf(conversation: UUID, before: int, after: int) -> None:
    """The shown path grows, unless the person has turned to another branch."""
    Conversation.objects.filter(pk=conversation, leaf_id=before).update(leaf_id=after, updated_at=timezone.now())


def _with_id(call: ToolCall, own: str) -> ToolCall:
    """With clean texts, and with an id of ours: those of model servers may be missing, long, or twice the same."""
    arguments: dict[str, object] = _clean(dict(call.arguments))
    malformed = clean_text(call.malformed)
    if not malformed and len(written := json.dumps(arguments, ensure_ascii=False)) > ARGUMENTS_LIMIT:
        arguments, malformed = {}, written
    return ToolCall(own, clean_text(call.name), arguments, malformed[:ARGUMENTS_LIMIT])


def _as_json(call: ToolCall) -> dict[str, Any]:
    value: dict[str, Any] = {"id": call.id, "name": call.name, "arguments": call.arguments}
    return {**value, "malformed": call.malformed} if call.malformed else value


def _shown(call: ToolCall) -> Any:
    return call.malformed or call.arguments


def _clean(value: Any) -> Any:
    """As every database can hold it."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(str(name)): _clean(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(each) for each in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
