"""Reads a conversation for a transcript: first the shape of its tree in one query, then the texts in chunks.

So a conversation of any length costs the memory of one chunk and of its messages' numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from django.db.models.functions import Length

from conversations.models import Attachment, Conversation, Message, Role
from conversations.models.message import RUNNING
from conversations.transcripts.document import (
    Settings,
    TranscriptAttachment,
    TranscriptConversation,
    TranscriptError,
    TranscriptMessage,
    TranscriptTool,
)
from conversations.uploads.showing import with_files

CHUNK = 200


class Hiding(Protocol):
    """What stands in for names: a `redaction.Redactor`, or the pseudonyms of a blind project."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """What is replaced, of `redaction.KINDS`."""

    @property
    def digest(self) -> str:
        """Changes with what is replaced."""

    def conversation(self, about: TranscriptConversation) -> TranscriptConversation:
        """It, without."""

    def message(self, message: TranscriptMessage) -> TranscriptMessage:
        """It, without."""


@dataclass(frozen=True, slots=True)
class Outline:
    """`tree` (each with its parent) and `path` are messages by number, parents first. `digest` changes with
    every change of a message.

    While a reply is being written (`is_running`) its text may be longer than the digest knew.
    """

    conversation: TranscriptConversation
    tree: Mapping[int, int | None]
    path: tuple[int, ...]
    digest: str
    is_running: bool
    redactor: Hiding | None = None

    @property
    def redacted(self) -> tuple[str, ...]:
        """What is replaced by placeholders."""
        return self.redactor.kinds if self.redactor else ()

    def paths(self) -> Iterator[tuple[int, ...]]:
        """Every path, by the order of their ends."""
        inner = frozenset(self.tree.values())
        return (path_to(pk, self.tree) for pk in self.tree if pk not in inner)

    def messages(self, numbers: Iterable[int]) -> Iterator[TranscriptMessage]:
        """Those of `numbers` that are still there, in that order."""
        on_path = frozenset(self.path)
        remaining = iter(numbers)
        while chunk := list(islice(remaining, CHUNK)):
            found = Message.objects.filter(pk__in=chunk, conversation_id=self.conversation.id).defer("html").in_bulk()
            with_files(found.values())
            messages = (message_of(found[pk], pk in on_path) for pk in chunk if pk in found)
            yield from map(self.redactor.message, messages) if self.redactor else messages


def outline(conversation: Conversation, redactor: Hiding | None = None) -> Outline:
    """The shape of `conversation` as it is now, without what was deleted, nor what `redactor` replaces."""
    about = conversation_of(conversation)
    digest = hashlib.sha256(f"{about.model_dump_json()} {conversation.leaf_id}".encode())
    if redactor:
        about = redactor.conversation(about)
        digest.update(redactor.digest.encode())
    parents: dict[int, int | None] = {}
    is_running = False
    rows = conversation.messages.filter(trashed_at=None).order_by("pk")
    lengths = Length("content"), Length("thinking")
    for row in rows.values_list("pk", "parent_id", "state", "finished_at", *lengths).iterator():
        pk, parent, state = row[:3]
        if parent is None or parent in parents:
            parents[pk] = parent
            is_running |= state in RUNNING
            digest.update(repr(row).encode())
    path = path_to(conversation.leaf_id, parents)
    return Outline(about, parents, path, digest.hexdigest(), is_running, redactor)


def path_to(leaf: int | None, parents: Mapping[int, int | None]) -> tuple[int, ...]:
    """The numbers from a root to `leaf`; empty when it is not there."""
    found = []
    while leaf is not None and leaf in parents:
        found.append(leaf)
        leaf = parents[leaf]
    return tuple(reversed(found))


def conversation_of(conversation: Conversation) -> TranscriptConversation:
    """What a transcript tells of the conversation around the messages."""
    return TranscriptConversation(
        id=conversation.pk,
        title=conversation.title,
        created_at=conversation.created_at,
        updated_at=conversation.updated_at,
        model=conversation.model_name,
        backend=conversation.backend_name,
        system_prompt=conversation.system_prompt,
        settings=Settings(
            think=conversation.think,
            sampling=conversation.sampling,
            response_format=conversation.response_format,
            corrects_format=conversation.corrects_format,
            tools=conversation.tools,
        ),
    )


def message_of(message: Message, is_on_path: bool) -> TranscriptMessage:
    """What it tells of a message, whose files are read `with_files`."""
    has_error = bool(message.error_code or message.error_detail)
    values = {
        "id": message.pk,
        "parent": message.parent_id,
        "role": message.role,
        "state": message.state,
        "content": message.content,
        "thinking": message.thinking,
        "attachments": [_attachment(each) for each in message.attachments.all()] if message.attached else [],
        "model": message.model_name,
        "backend": message.backend_name,
        "created_at": message.created_at,
        "finished_at": message.finished_at,
        "reason": message.reason,
        "error": TranscriptError(code=message.error_code, detail=message.error_detail) if has_error else None,
        "metrics": message.metrics,
        "provenance": message.provenance,
        "tool_calls": message.tool_calls,
        "logprobs": message.logprobs,
        "tool": _tool(message),
        "is_on_path": is_on_path,
    }
    return TranscriptMessage.model_validate(values)


def _attachment(found: Attachment) -> TranscriptAttachment:
    values = {name: getattr(found, name) for name in TranscriptAttachment.model_fields if name != "id"}
    return TranscriptAttachment.model_validate({"id": found.pk, **values})


def _tool(message: Message) -> TranscriptTool | None:
    if message.role != Role.TOOL:
        return None
    known = message.provenance
    return TranscriptTool(
        name=message.tool_name,
        server=known.get("server", ""),
        call_id=message.tool_call_id,
        arguments=known.get("arguments"),
    )
