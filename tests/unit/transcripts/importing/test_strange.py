"""What gets in although it is strange: it leads to nobody else's, and every page can show it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from django.test import Client

from conversations.api.limits import throttle
from conversations.models import Conversation, Message, User
from conversations.transcripts.importing.reading import take_all
from tests.unit.transcripts.importing.samples import GOOD, changed, chatgpt, node, only, taken
from tests.unit.transcripts.told import ATTACKS


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada")


def test_nul_and_lone_surrogates_are_cleaned(ada: User) -> None:
    value = chatgpt(node("a\x00", "client-created-root", "user", "x\x00y\ud800z"), title="\x00\ud800T")
    value["mapping"] = {name.replace("\x00", ""): each for name, each in value["mapping"].items()}
    found = only(taken(value, ada))

    assert (found.title, found.messages.get().content) == ("\ufffdT", "xy\ufffdz")


def test_numbers_of_others_lead_nowhere(ada: User, client: Client) -> None:
    """A record of a reply names messages by number; in a foreign file it must not name somebody else's."""
    bob = Conversation.objects.create(owner=User.objects.create_user("bob"))
    secret = Message.objects.create(conversation=bob, role="assistant", content="Bob's secret")
    number = secret.pk
    named = {
        "messages": 1,
        "lengths": [[number, 9]],
        "corrects": [number, 99],
        "repeats": number,
        "first_message": number,
    }
    data = changed(
        lambda value: value["messages"][1].update(provenance=named, metrics={"window": {"seen_from": number}})
    )
    reply = only(taken(data, ada)).messages.get(role="assistant")

    assert str(number) not in json.dumps([reply.provenance, reply.metrics]).replace('"messages": 1', "")
    client.force_login(ada)
    assert b"secret" not in client.get(f"/m/{reply.pk}/sent/").content


def test_an_id_of_somebody_else_is_not_taken_from_them(ada: User) -> None:
    first = only(taken(GOOD, User.objects.create_user("bob")))
    second = only(taken(GOOD, ada))

    assert first.pk != second.pk
    assert Conversation.objects.get(pk=first.pk).owner.username == "bob"


def hostile_records() -> Iterator[bytes]:
    """Transcripts that are taken, as strange as they may be."""
    texts = [{"content": text, "thinking": text, "reason": text[:40]} for text in ATTACKS[::7]]
    for value in texts:
        yield changed(lambda found, value=value: found["messages"][1].update(value))  # type: ignore[misc]
    strange: list[dict[str, Any]] = [
        {"metrics": {"total_ms": 0, "first_ms": 1e15, "x": {"y": [None]}, "format": {"wrong": [{}]}}},
        {"metrics": {"repeats": {}, "window": {}, "format": {"kind": "x", "wrong": [{"path": [0], "keyword": "z"}]}}},
        {
            "provenance": {
                "options": {"a": {"b": 1}},
                "tools": ["<b>"],
                "format": {"type": 7},
                "messages": 5,
                "think": [],
            }
        },
        {"provenance": {"continued": 7, "images": "x", "messages": 0, "digest": [1], "seed": {}, "keep_alive": {}}},
        {"logprobs": [{"token": "<b>", "logprob": 5.0, "top": [1, [], ["a", "b"], {"token": 1, "logprob": "x"}]}, {}]},
        {"error": {"code": "no such", "detail": "<b>"}, "state": "failed"},
        {"tool_calls": [{"id": "", "name": "<b>", "arguments": {"": None}, "malformed": "x"}]},
    ]
    for value in strange:
        yield changed(lambda found, value=value: found["messages"][1].update(value))  # type: ignore[misc]


def test_whatever_is_taken_can_be_opened(ada: User, client: Client) -> None:
    client.force_login(ada)
    for data in hostile_records():
        throttle.forget()
        conversation = only(list(take_all(BytesIO(data), "x.json", ada)))
        reply = conversation.messages.get(role="assistant")
        pages = [
            f"/c/{conversation.pk}/",
            *(f"/m/{reply.pk}/{each}/" for each in ("details", "sent", "confidence", "answer")),
        ]
        pages += [
            f"/api/v1/conversations/{conversation.pk}/transcript.{each}" for each in ("json", "html", "docx", "csv")
        ]
        statuses = {page: client.get(page).status_code for page in pages}
        assert set(statuses.values()) <= {200, 404}, (data[-900:], statuses)
        assert statuses[pages[0]] == 200
