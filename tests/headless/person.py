"""Somebody with a browser: what its tabs share, and what all of them together have sent and been told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """A command that stores something."""

    kind: str
    text: str | None
    conversation: UUID


@dataclass(eq=False)
class Person:
    """`outbox` is the browser's storage: asks that the server is not known to have. `others` are words of others'.

    Messages up to number `since` were there before.
    """

    name: str
    pk: int
    client: Callable[[], httpx.AsyncClient]
    since: int = 0
    outbox: dict[str, Event] = field(default_factory=dict)
    sent: dict[str, Sent] = field(default_factory=dict)
    acknowledged: dict[str, list[int]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    conversations: list[UUID] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def look(self, received: str) -> None:
        """Nothing that a tab receives may have words or conversations of somebody else's."""
        for word in self.others:
            if word in received:
                self.foreign.append(f"{word!r} came to {self.name}: {received[:300]}")

    def store(self, kind: str, client_id: str, conversation: UUID, text: str | None) -> None:
        """A command is about to be sent."""
        self.sent[client_id] = Sent(kind, text, conversation)
        if conversation not in self.conversations:
            self.conversations.append(conversation)
