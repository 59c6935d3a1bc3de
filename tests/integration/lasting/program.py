"""What a program does with the REST API to ask, and how it reads a turn."""

from __future__ import annotations

import json
import uuid
from typing import Any

import httpx

from tests.integration.conftest import MODEL
from tests.tab import Event
from tests.upstream import Upstream

SCHEMA = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}


def place(conversation: uuid.UUID | str | None = None) -> str:
    return f"/conversations/{conversation or uuid.uuid4()}/messages"


async def ask(program: httpx.AsyncClient, path: str, **body: Any) -> list[Event]:
    """All events of a turn."""
    answer = await program.post(path, json={"model": MODEL, **body})
    assert answer.status_code == 200, answer.text
    return events(answer.text)


async def reply(program: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    answer = await program.post(path, params={"stream": "false"}, json={"model": MODEL, **body})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def quiet(program: httpx.AsyncClient, upstream: Upstream) -> str:
    """A conversation that has its title: nothing of its own is asked any more."""
    conversation = uuid.uuid4()
    await reply(program, place(conversation), text=f"hello {conversation}")
    word = str(conversation).encode()
    await upstream.until(lambda: sum(word in call.body and call.fate == "answered" for call in upstream.chats) == 2)
    return place(conversation)


def events(text: str) -> list[Event]:
    return [json.loads(line) for line in text.splitlines()]


def text_of(found: list[Event], number: int) -> str:
    """A reply's text, by offsets that leave nothing out."""
    text = ""
    for event in found:
        at, piece = {
            "reply.delta": (event.get("at"), event.get("text", "")),
            "reply.text": (event.get("content_at"), event.get("content", "")),
        }.get(event["type"], (None, ""))
        if at is not None and event["reply"] == number and event.get("part", "content") == "content":
            assert at == len(text)
            text += piece
    return text
