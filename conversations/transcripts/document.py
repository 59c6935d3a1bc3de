"""What a transcript holds, field by field: the documented, versioned schema of the JSON format.

People are told apart by role only: no name, address or number of a user is ever in here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

FORMAT: Literal["chatsite-transcript"] = "chatsite-transcript"
VERSION: Literal[1] = 1


class Settings(BaseModel):
    """What the next reply of the conversation is asked with; `sampling` holds only what is set."""

    think: str = Field(description="“” (left to the model), off, on, low, medium or high")
    sampling: dict[str, Any]
    response_format: Literal["json"] | dict[str, Any] | None = Field(default=None, description="or a JSON Schema")
    corrects_format: bool = Field(default=False, description="whether an answer that does not fit is asked for again")
    tools: list[str] = Field(default=[], description="names of the tools that replies may use")


class TranscriptConversation(BaseModel):
    """The conversation around the messages."""

    id: UUID
    title: str
    created_at: AwareDatetime
    updated_at: AwareDatetime = Field(description="last activity")
    model: str
    backend: str
    system_prompt: str
    settings: Settings


class TranscriptError(BaseModel):
    """Why a reply ended early: a stable code, and the model server's own words (untrusted)."""

    code: str
    detail: str


class TranscriptTool(BaseModel):
    """Of a tool's message: which call it answers. `arguments` are an object, or what the model wrote instead."""

    name: str
    server: str = Field(description="the tool server; empty for a tool of the site’s own")
    call_id: str
    arguments: Any


class TranscriptCall(BaseModel):
    """A call that a reply asked for; `malformed` is what the model wrote where its arguments are no object."""

    id: str
    name: str
    arguments: dict[str, Any]
    malformed: str = ""


class TranscriptAttachment(BaseModel):
    """A file of a message, without its bytes. `size` is in bytes, `width` and `height` in pixels."""

    id: UUID
    name: str
    kind: Literal["image", "text", "pdf"]
    media_type: str
    size: int
    width: int | None
    height: int | None
    pages: int | None
    remark: str = Field(default="", description="first_frame or cut, when only that much of it was read")
    tokens: int = Field(description="about how many tokens a model makes of it")
    text: str = Field(default="", description="of a text or a PDF what was read, and what a model is given")


class TranscriptMessage(BaseModel):
    """A node of the tree. `content` and `thinking` are exactly what was written; times are UTC."""

    id: int
    parent: int | None = Field(description="the message it answers or follows; null at a root")
    role: Literal["system", "user", "assistant", "tool"]
    state: Literal["queued", "loading", "streaming", "complete", "stopped", "interrupted", "failed"]
    content: str
    thinking: str
    attachments: list[TranscriptAttachment] = []
    model: str
    backend: str
    created_at: AwareDatetime
    finished_at: AwareDatetime | None
    reason: str = Field(description="the finish reason that the model server gave: stop, length …")
    error: TranscriptError | None
    metrics: dict[str, Any] = Field(description="tokens, tokens a second, and durations in milliseconds (`_ms`)")
    provenance: dict[str, Any] = Field(description="what the model was sent: the path's ends, options, digest")
    tool_calls: list[TranscriptCall] = Field([], description="what the reply asked tools for")
    logprobs: Any = Field(default=None, description="how sure the model was of each token; null when not asked for")
    tool: TranscriptTool | None = Field(None, description="of a tool’s message: the call that it answers")
    is_on_path: bool = Field(description="whether it is on the path that was chosen last")


class TranscriptSignature(BaseModel):
    """The site's, under the last link; hexadecimal. `key` is the public one."""

    algorithm: str = Field(description="ed25519")
    key: str
    value: str


class TranscriptChain(BaseModel):
    """SHA-256 links, hexadecimal: `head` over what stands beside the messages, then one over each and the one before.

    docs/transcripts.md has the canonical form that is hashed.
    """

    algorithm: str = Field(description="sha256-rfc8785-chain")
    head: str
    links: list[tuple[int, str]] = Field(description="of each message its number and its link, in their order")
    signature: TranscriptSignature


class Transcript(BaseModel):
    """A conversation with its whole tree, parents before children. What was deleted is left out."""

    format: Literal["chatsite-transcript"]
    version: Literal[1]
    redacted: list[str] = Field(default=[], description="what placeholders stand for: names, mails, phones, patterns")
    conversation: TranscriptConversation
    messages: list[TranscriptMessage]
    chain: TranscriptChain | None = Field(default=None, description="absent in transcripts that nobody signed")


@dataclass(frozen=True, slots=True)
class Edition:
    """What a transcript says of itself beside its conversation: what was `redacted`, and where its chain ends.

    `last_link` may read the whole tree; it is asked once, after the messages.
    """

    redacted: tuple[str, ...] = ()
    last_link: Callable[[], str] | None = None


PLAIN = Edition()
