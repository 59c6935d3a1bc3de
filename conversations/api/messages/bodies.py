"""What programs send about messages, and how they are told of one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from conversations.live.protocol.commands import AnswerFormat, Id, ModelChoice, Name, Offset, Text
from conversations.live.protocol.events import AttachmentView, ErrorView
from conversations.models import Message
from conversations.sampling import Sampling, ThinkChoice
from conversations.text import clean_text
from conversations.uploads.showing import view_of

CleanText = Annotated[Text, AfterValidator(clean_text)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    client_id: UUID = Field(default_factory=uuid4)


class Question(_Body):
    """What is said. Sent again with the same `client_id`, it is not said twice.

    It goes below `parent`: without that field, at the conversation's end; with null, as a first message of its own.
    What is set of the settings holds for the conversation from then on. With `corrects_format`, an answer that does not
    fit `response_format` is asked for once more. `attachments` are files sent up before.
    """

    text: str
    parent: Id | None = None
    model: ModelChoice | None = None
    think: ThinkChoice | None = None
    system_prompt: CleanText | None = None
    sampling: Sampling | None = None
    response_format: AnswerFormat | None = None
    corrects_format: bool | None = None
    tools: Annotated[list[Name], Field(max_length=64)] | None = None
    attachments: list[UUID] = []


class Another(_Body):
    """Another reply: by `model` from now on, or `exactly` as that one was asked for."""

    model: ModelChoice | None = None
    exactly: bool = False


class Rewording(_Body):
    """What is said instead. Of the message's files and new ones, `attachments` names those that it has; null: all."""

    text: str
    attachments: list[UUID] | None = None


class Word(BaseModel):
    """A person's word on a call: this `once`, always in this `conversation`, or `refuse`."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["once", "conversation", "refuse"]


class Halt(BaseModel):
    """Where the reply is cut: after `shown` characters; without it, nothing is."""

    model_config = ConfigDict(extra="forbid")

    shown: Offset | None = None


class Call(BaseModel):
    """A tool that a reply asked for. `malformed` is what it wrote instead of a JSON object."""

    id: str
    name: str
    arguments: dict[str, Any]
    malformed: str = ""


class MessageEntry(BaseModel):
    """A message. A `tool`'s has the result of the call `tool_call_id` of the reply above it.

    `state` is queued, loading, streaming, complete, stopped, interrupted or failed; `reason` is the model server's.
    """

    id: int
    parent: int | None
    role: str
    state: str
    reason: str
    content: str
    thinking: str
    tool_calls: list[Call]
    tool_name: str
    tool_call_id: str
    backend: str
    model: str
    attachments: list[AttachmentView]
    metrics: dict[str, Any]
    error: ErrorView | None
    created_at: datetime
    finished_at: datetime | None


class Answer(MessageEntry):
    """The last reply of a turn. `before` are the replies and calls of tools that came before it in this turn, and an
    answer that did not fit its form."""

    conversation: UUID
    before: list[MessageEntry]


def entry(row: Message) -> MessageEntry:
    """The message as programs see it."""
    return MessageEntry(
        id=row.pk,
        parent=row.parent_id,
        role=row.role,
        state=row.state,
        reason=row.reason,
        content=row.content,
        thinking=row.thinking,
        tool_calls=[Call.model_validate(call) for call in row.tool_calls],
        tool_name=row.tool_name,
        tool_call_id=row.tool_call_id,
        backend=row.backend_name,
        model=row.model_name,
        attachments=[view_of(each) for each in row.attachments.defer("text")] if row.attached else [],
        metrics=row.metrics,
        error=error_of(row),
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def error_of(row: Message) -> ErrorView | None:
    """Why it failed."""
    return ErrorView(code=row.error_code, detail=row.error_detail) if row.error_code else None
