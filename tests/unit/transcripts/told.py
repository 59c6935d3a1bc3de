"""Conversations that never were in a database, and what formats make of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from conversations.transcripts import FORMATS
from conversations.transcripts.document import (
    PLAIN,
    Edition,
    Settings,
    TranscriptAttachment,
    TranscriptConversation,
    TranscriptMessage,
    TranscriptTool,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ATTACKS: list[str] = json.loads((Path(__file__).parents[2] / "fixtures/markdown/attacks.json").read_text("utf-8"))
ABOUT = TranscriptConversation(
    id=UUID(int=7),
    title="Trains",
    created_at=NOON,
    updated_at=NOON,
    model="tiny",
    backend="ollama",
    system_prompt="",
    settings=Settings(think="", sampling={}),
)
CALL = {"id": "c1", "name": "forecast", "arguments": {"city": "Bonn"}}


def message(content: str = "", **values: Any) -> TranscriptMessage:
    fields: dict[str, Any] = {
        "id": 1,
        "parent": None,
        "role": "assistant",
        "state": "complete",
        "content": content,
        "thinking": "",
        "model": "tiny",
        "backend": "ollama",
        "created_at": NOON,
        "finished_at": NOON,
        "reason": "stop",
        "error": None,
        "metrics": {},
        "provenance": {},
        "is_on_path": True,
    }
    return TranscriptMessage.model_validate({**fields, **values})


def user(content: str, **values: Any) -> TranscriptMessage:
    return message(content, **{"role": "user", "model": "", "reason": "", **values})


def result(content: str, call_id: str = "c1") -> TranscriptMessage:
    tool = TranscriptTool(name="forecast", server="Weather", call_id=call_id, arguments={"city": "Bonn"})
    return message(content, role="tool", tool=tool, reason="")


def picture(name: str) -> TranscriptAttachment:
    values = {"id": UUID(int=3), "name": name, "kind": "image", "media_type": "image/png", "size": 12345}
    return TranscriptAttachment.model_validate({**values, "width": 4, "height": 3, "pages": None, "tokens": 9})


def written(ending: str, *messages: TranscriptMessage, edition: Edition = PLAIN, **about: Any) -> bytes:
    pieces = FORMATS[ending].pieces(ABOUT.model_copy(update=about), messages, edition)
    return b"".join(piece if isinstance(piece, bytes) else piece.encode() for piece in pieces)


def text_of(ending: str, *messages: TranscriptMessage, edition: Edition = PLAIN, **about: Any) -> str:
    return written(ending, *messages, edition=edition, **about).decode()
