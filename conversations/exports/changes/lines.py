"""What the lines of a page of changes hold, field by field."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from conversations.transcripts.document import TranscriptConversation, TranscriptMessage


class Head(BaseModel):
    """A conversation that is new, or whose title, owner, chosen leaf or settings have changed: all of it, as it is."""

    kind: Literal["conversation"] = "conversation"
    conversation: UUID
    owner: str = Field(description="username")
    leaf: int | None = Field(description="the message at the end of the chosen path")
    head: TranscriptConversation


class Edited(BaseModel):
    """A message that is new or has changed: all of it. `is_on_path` is no part of it: the head's `leaf` tells."""

    kind: Literal["message"] = "message"
    conversation: UUID
    message: TranscriptMessage


class Deleted(BaseModel):
    """What is not there any more: a message, or (without `message`) a conversation, and with it all its messages."""

    kind: Literal["deleted"] = "deleted"
    conversation: UUID
    message: int | None = None


class End(BaseModel):
    """The last line of each page. Ask for what follows with `cursor=next`, at once when there is `more`."""

    kind: Literal["end"] = "end"
    next: str
    more: bool


Line = Head | Edited | Deleted
