"""Reads conversations for transcripts: first the shapes of their trees, then the texts in chunks.

So a conversation of any length costs the memory of one chunk and of its messages' numbers. Of many, short ones are read
together, in two statements for as many as make a chunk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Length

from conversations.models import Attachment, Conversation, Message, Role
from conversations.models.attachment import Kind
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

CHUNK = 200  # messages
CHARACTERS = 2_000_000
"""As much text as is read together; a longer conversation is read a chunk at a time."""
_SHAPE = ("conversation_id", "pk", "parent_id", "state", "finished_at")
_Row = tuple[Any, ...]


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

    While a reply is being written (`is_running`) its text may be longer than the digest knew. `ahead` are messages that
    were read with those of other conversations.
    """

    conversation: TranscriptConversation
    tree: Mapping[int, int | None]
    path: tuple[int, ...]
    digest: str
    is_running: bool
    redactor: Hiding | None = None
    ahead: Mapping[int, Message] | None = None

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
            found = self.ahead or _messages(Message.objects.filter(conversation_id=self.conversation.id), chunk)
            messages = (message_of(found[pk], pk in on_path) for pk in chunk if pk in found)
            yield from map(self.redactor.message, messages) if self.redactor else messages


def outline(conversation: Conversation, redactor: Hiding | None = None) -> Outline:
    """The shape of `conversation` as it is now, without what was deleted, nor what `redactor` replaces."""
    return _outline(conversation, redactor, _shape(conversation.messages.all()).iterator())


def outlines(conversations: Iterable[Conversation], hiding: Mapping[UUID, Hiding]) -> Iterator[Outline]:
    """The same of many, in their order, each without what the one of `hiding` replaces that is under its id."""
    for group in _groups(conversations):
        rows: dict[UUID, list[_Row]] = {each.pk: [] for each in group}
        if len(group) > 1:
            for row in _shape(Message.objects.filter(conversation__in=list(rows))):
                rows[row[0]].append(row)
        is_little = len(group) > 1 and sum(row[-2] + row[-1] for found in rows.values() for row in found) <= CHARACTERS
        numbers = [row[1] for found in rows.values() for row in found] if is_little else []
        ahead = _messages(Message.objects.all(), numbers)
        for each in group:
            hidden = hiding.get(each.pk)
            yield _outline(each, hidden, rows[each.pk], ahead) if len(group) > 1 else outline(each, hidden)


def _groups(conversations: Iterable[Conversation]) -> Iterator[list[Conversation]]:
    """As many as have the messages of a chunk together; longer ones alone."""
    group: list[Conversation] = []
    size = 0
    for each in conversations:
        if group and size + each.size > CHUNK:
            yield group
            group, size = [], 0
        group.append(each)
        size += each.size
    if group:
        yield group


def _shape(messages: QuerySet[Message]) -> QuerySet[Message, _Row]:
    found = messages.filter(trashed_at=None).order_by("conversation_id", "pk")
    return found.values_list(*_SHAPE, Length("content"), Length("thinking"))


def _messages(among: QuerySet[Message], numbers: Sequence[int]) -> dict[int, Message]:
    """By their numbers, with their files."""
    found = among.filter(pk__in=numbers).defer("html").in_bulk() if numbers else {}
    with_files(found.values())
    return found


def _outline(
    conversation: Conversation,
    redactor: Hiding | None,
    rows: Iterable[_Row],
    ahead: Mapping[int, Message] | None = None,
) -> Outline:
    about = conversation_of(conversation)
    digest = hashlib.sha256(f"{about.model_dump_json()} {conversation.leaf_id}".encode())
    if redactor:
        about = redactor.conversation(about)
        digest.update(redactor.digest.encode())
    parents: dict[int, int | None] = {}
    is_running = False
    for row in rows:
        _conversation, pk, parent, state = row[:4]
        if parent is None or parent in parents:
            parents[pk] = parent
            is_running |= state in RUNNING
            digest.update(repr(row[1:]).encode())
    path = path_to(conversation.leaf_id, parents)
    return Outline(about, parents, path, digest.hexdigest(), is_running, redactor, ahead)


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
        "attachments": _attachments(message) if message.attached else [],
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


def _attachments(message: Message) -> list[TranscriptAttachment]:
    """Their texts are read for each message by itself: nothing else is as long."""
    files = list(message.attachments.all())
    read = Attachment.objects.filter(message=message.pk).exclude(text="").order_by()
    texts = dict(read.values_list("pk", "text")) if any(each.kind != Kind.IMAGE for each in files) else {}
    return [_attachment(each, texts.get(each.pk, "")) for each in files]


def _attachment(found: Attachment, text: str) -> TranscriptAttachment:
    values = {name: getattr(found, name) for name in TranscriptAttachment.model_fields if name not in ("id", "text")}
    return TranscriptAttachment.model_validate({"id": found.pk, "text": text, **values})


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
