"""What somebody who comes to a conversation is told: which replies are being written, and all their text so far."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from conversations.generation.asking import visible_message
from conversations.generation.engine import engine
from conversations.live.broadcasts import PROCESS, hub
from conversations.live.protocol.commands import Resume
from conversations.live.protocol.events import Opened, ReplyText
from conversations.models import Conversation, Message, User
from conversations.models.conversation import Refused
from conversations.tasks import read

Who = Callable[[], User]


async def admit(who: Who, conversation: UUID) -> bool:
    """Return when they may watch it, stored or yet to be: whether it is temporary. Raises Refused for a foreign one."""
    return await read(_admit, who, conversation)


async def open_conversation(who: Who, conversation: UUID) -> Opened | None:
    """The state of a conversation; None when nobody has stored one of that id. Raises Refused for a foreign one."""
    found = await read(_stored_state, who, conversation)
    if found is not None and any(engine.runner.find(text.reply) is None for text in found.running):
        # One that ended here while it was read must not come back as running, behind its own end.
        found = await read(_stored_state, who, conversation)
    if found is not None:
        # Texts of this process are newer than the last checkpoint.
        live = [engine.runner.find(text.reply) for text in found.running]
        found.running = [
            text if reply is None else reply.as_text() for text, reply in zip(found.running, live, strict=True)
        ]
    return found


async def reply_text(who: Who, command: Resume) -> ReplyText | None:
    """A reply's text from the offsets on. Another process's comes later, as an event to all. Raises Refused."""
    message = await read(_visible, who, command.reply)
    live = engine.runner.find(message.pk)
    if live is not None:
        return live.as_text(command.content_at, command.thinking_at)
    if message.is_running and message.lease == PROCESS:  # it has ended while it was read
        message = await read(_visible, who, command.reply)
    if message.is_running and message.lease != PROCESS and hub.is_distributed:
        await hub.signal(
            message.lease,
            "resume",
            reply=message.pk,
            content_at=command.content_at,
            thinking_at=command.thinking_at,
        )
        return None
    return _stored_text(message, command.content_at, command.thinking_at)


def _admit(who: Who, conversation: UUID) -> bool:
    found = _find(who(), conversation)
    return found is not None and found.is_temporary


def _find(user: User, conversation: UUID) -> Conversation | None:
    found = Conversation.objects.visible_to(user).filter(pk=conversation).first()
    if found is None and Conversation.objects.filter(pk=conversation).exists():
        raise Refused("not_found", "conversation")
    return found


def _stored_state(who: Who, conversation: UUID) -> Opened | None:
    found = _find(who(), conversation)
    if found is None:
        return None
    running = [_stored_text(message) for message in found.messages.running().filter(trashed_at=None)]
    updated_at = found.updated_at.isoformat()
    return Opened(conversation=found.pk, leaf=found.leaf_id, updated_at=updated_at, running=running)


def _visible(who: Who, reply: int) -> Message:
    return visible_message(who(), reply)


def _stored_text(message: Message, content_at: int = 0, thinking_at: int = 0) -> ReplyText:
    return ReplyText(
        conversation=message.conversation_id,
        reply=message.pk,
        state=message.state,
        content_at=min(content_at, len(message.content)),
        content=message.content[content_at:],
        thinking_at=min(thinking_at, len(message.thinking)),
        thinking=message.thinking[thinking_at:],
    )
