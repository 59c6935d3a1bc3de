"""Exports of other programs, as they write them, made small."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from conversations.models import Conversation, Message, User
from conversations.transcripts.importing import Outcome, take_all
from tests.unit.transcripts.told import message, user, written

GOOD = written("json", user("When?", id=1), message("Noon", id=2, parent=1))
"""One of our own."""

Change = Callable[[dict[str, Any]], object]
BEGUN = 1732190400.5  # 2024-11-21 12:00:00.5 UTC


def node(
    name: str, parent: str | None, role: str, /, *parts: object, at: float | None = 0, **values: Any
) -> dict[str, Any]:
    """A node of ChatGPT's mapping; `at` is seconds after the beginning."""
    message = {
        "id": name,
        "author": {"role": role, "name": values.pop("name", None), "metadata": {}},
        "create_time": None if at is None else BEGUN + at,
        "update_time": None,
        "content": values.pop("content", {"content_type": "text", "parts": list(parts)}),
        "status": "finished_successfully",
        "end_turn": True,
        "weight": 1.0,
        "metadata": {},
        "recipient": "all",
        **values,
    }
    return {"id": name, "message": message, "parent": parent, "children": []}


def chatgpt(*nodes: dict[str, Any], **values: Any) -> dict[str, Any]:
    """A conversation of ChatGPT's, below its empty root."""
    root: dict[str, Any] = {"id": "client-created-root", "message": None, "parent": None, "children": []}
    return {
        "title": "Trains",
        "create_time": BEGUN,
        "update_time": BEGUN + 60,
        "mapping": {each["id"]: each for each in (root, *nodes)},
        "moderation_results": [],
        "current_node": nodes[-1]["id"] if nodes else "client-created-root",
        "plugin_ids": None,
        "conversation_id": "6740a1b2-0000-8000-9000-00000000c0de",
        "default_model_slug": "gpt-4o",
        **values,
    }


def said(name: str, parent: str | None, role: str, content: object, **values: Any) -> dict[str, Any]:
    """A message of Open WebUI's."""
    return {"id": name, "parentId": parent, "childrenIds": [], "role": role, "content": content,
            "timestamp": 1732190400, **values}  # fmt: skip


def openwebui(*messages: dict[str, Any], **values: Any) -> dict[str, Any]:
    """A conversation of Open WebUI's."""
    history = {
        "messages": {each["id"]: each for each in messages},
        "currentId": messages[-1]["id"] if messages else None,
    }
    chat = {"id": "", "title": "Trains", "models": ["llama3.2:latest"], "params": {}, "history": history,
            "messages": list(messages), "tags": [], "timestamp": 1732190400123, "files": []}  # fmt: skip
    return {"id": "b0c1", "user_id": "u1", "title": "Trains", "chat": {**chat, **values}, "updated_at": 1732190460,
            "created_at": 1732190400, "share_id": None, "archived": False, "pinned": False, "meta": {}}  # fmt: skip


def zipped(date: tuple[int, int, int, int, int, int] = (1980, 1, 1, 0, 0, 0), /, **files: str | bytes) -> bytes:
    """A zip, the same whenever it is made; the names' double underscores are dots."""
    made = BytesIO()
    with ZipFile(made, "w") as package:
        for name, data in files.items():
            package.writestr(ZipInfo(name.replace("__", "."), date), data, ZIP_DEFLATED)
    return made.getvalue()


def taken(data: object, owner: User, name: str = "file.json") -> list[Outcome]:
    """What became of a file, or of a value as JSON."""
    return list(take_all(BytesIO(data if isinstance(data, bytes) else json.dumps(data).encode()), name, owner))


def rows(conversation: Conversation) -> list[tuple[str, str, int | None]]:
    """Role, text, and the place of the parent."""
    messages = list(conversation.messages.order_by("pk"))
    places = {message.pk: place for place, message in enumerate(messages)}
    return [(each.role, each.content, places.get(each.parent_id or 0)) for each in messages]


def only(outcomes: list[Outcome]) -> Conversation:
    """The one conversation that was imported."""
    (outcome,) = outcomes
    assert outcome.conversation, outcome.why
    return Conversation.objects.get(pk=outcome.conversation)


def changed(change: Change) -> bytes:
    """`GOOD`, with a change."""
    value: dict[str, Any] = json.loads(GOOD)
    change(value)
    return json.dumps(value).encode()


def refused(data: object, owner: User, name: str = "file.json") -> str:
    """Why; nothing was kept."""
    (outcome,) = taken(data, owner, name)
    assert outcome.outcome == "skipped"
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()
    return outcome.why
