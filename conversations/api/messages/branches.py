"""One message: read, said in other words, gone on with, deleted and brought back; and which branch is shown."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Status
from pydantic import BaseModel

from conversations.api.access import program_of, user_of
from conversations.api.lookups import own_message, there
from conversations.api.messages.asking import PROBLEMS, STREAMS, Number, answered, carry_out
from conversations.api.messages.bodies import Answer, MessageEntry, Rewording, Word, entry
from conversations.api.messages.reading import router
from conversations.api.messages.turn import Who
from conversations.generation import asking
from conversations.generation.announcements import conversation_changed, let_go, path_changed
from conversations.generation.tooling import deciding
from conversations.live.protocol import TEXT_LIMIT
from conversations.live.protocol.commands import Approve, Edit
from conversations.live.protocol.events import Asked, MessageView
from conversations.models import Message, Role
from conversations.models.conversation import Refused
from conversations.models.message import siblings_of
from conversations.tasks import read


class MessageDetails(MessageEntry):
    """A message with `siblings` (all at its place, oldest first), how it came about, and how sure of each token."""

    conversation: UUID
    siblings: list[int]
    provenance: dict[str, Any]
    logprobs: Any


class Path(BaseModel):
    """The chosen path of a conversation by its end; null when nothing is left."""

    conversation: UUID
    leaf: int | None


@router.get(
    "/messages/{message}", response={200: MessageDetails}, operation_id="readMessage", summary="Read all of a message"
)
def read_message(request: HttpRequest, message: Number) -> MessageDetails:
    """Its text as it was written, figures, and what the model was sent."""
    found = own_message(request, message)
    return MessageDetails(
        conversation=found.conversation_id,
        siblings=siblings_of([found])[found.pk],
        provenance=found.provenance,
        logprobs=found.logprobs,
        **dict(entry(found)),
    )


@router.post(
    "/messages/{message}/edit",
    response={200: Answer, **PROBLEMS},
    operation_id="edit",
    summary="Say it in other words, as a branch beside it",
    openapi_extra=STREAMS,
)
def edit(request: HttpRequest, message: Number, body: Rewording, stream: bool = True) -> StreamingHttpResponse:
    """The answer is as that of asking. The message stays as it was."""
    if len(body.text) > TEXT_LIMIT:
        raise Refused("too_long", "text")
    who = program_of(request)
    command = Edit(message=message, client_id=body.client_id, text=body.text, attachments=body.attachments)
    return answered(request, who, asking.edit(who, command), stream=stream)


@router.post(
    "/messages/{message}/continue",
    response={200: Answer, **PROBLEMS},
    operation_id="continue",
    summary="Go on from the end of a reply that ended early",
    openapi_extra=STREAMS,
)
def go_on(request: HttpRequest, message: Number, stream: bool = True) -> StreamingHttpResponse:
    """The answer is as that of asking, and begins with all of the reply so far."""
    who = program_of(request)
    return answered(request, who, _go_on(who, message), stream=stream)


@router.post(
    "/messages/{message}/approve",
    response={204: None, **PROBLEMS},
    operation_id="approve",
    summary="Allow or refuse a call of a tool that waits for it",
)
def approve(request: HttpRequest, message: Number, body: Word) -> Status[None]:
    """Calls of questions that were asked in the browser wait for this; those of programs' questions do not wait."""
    carry_out(deciding.approve(program_of(request), Approve(message=message, decision=body.decision)))
    return Status(204, None)


@router.post(
    "/messages/{message}/show",
    response={200: Path},
    operation_id="showMessage",
    summary="Choose the branch that a message is on",
)
def show_message(request: HttpRequest, message: Number) -> Path:
    """Down to its newest end; open pages show it at once."""
    found = own_message(request, message)
    found.show()
    return _changed(found)


@router.delete(
    "/messages/{message}",
    response={200: Path},
    operation_id="deleteMessage",
    summary="Delete a message with its branch",
)
def delete_message(request: HttpRequest, message: Number) -> Path:
    """What hangs below goes with it; `restore` brings all back. Replies that are being written there end."""
    found = own_message(request, message)
    ended = found.trash()
    let_go(ended)
    if ended:
        conversation_changed(found.conversation_id)
    return _changed(found)


@router.post(
    "/messages/{message}/restore",
    response={200: Path},
    operation_id="restoreMessage",
    summary="Bring a deleted message back",
)
def restore_message(request: HttpRequest, message: Number) -> Path:
    """With what went with it, and it is shown."""
    own = Message.objects.filter(conversation__owner=user_of(request), conversation__trashed_at=None)
    found = there(own.exclude(trashed_at=None).select_related("conversation").filter(pk=message).first())
    found.restore()
    return _changed(found)


def _changed(message: Message) -> Path:
    path_changed(message.conversation_id)
    return Path(conversation=message.conversation_id, leaf=message.conversation.leaf_id)


async def _go_on(who: Who, pk: int) -> Asked:
    await asking.resume(who, pk)
    return await read(_begun, who, pk)


def _begun(who: Who, pk: int) -> Asked:
    """The reply that goes on, as if it had been asked for now. Below a call's message it is a new one."""
    message = asking.visible_message(who(), pk)
    if message.role == Role.TOOL:
        below = Message.objects.filter(parent=message, role=Role.ASSISTANT, trashed_at=None).last()
        message = below or message
    view = MessageView(
        id=message.pk,
        parent=message.parent_id,
        role=message.role,
        state=message.state,
        content="",
        model_name=message.model_name,
        backend_name=message.backend_name,
        siblings=siblings_of([message])[message.pk],
        created_at=message.created_at.isoformat(),
    )
    return Asked(client_id=uuid4(), conversation=message.conversation_id, parent=message.parent_id, messages=[view])
