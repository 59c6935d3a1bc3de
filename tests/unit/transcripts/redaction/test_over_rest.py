"""Redacted transcripts over REST, the key to their placeholders, and the key that signatures are checked with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import AsyncClient, Client

from conversations.api.limits import throttle
from conversations.models import Conversation, Message, User
from conversations.tasks import close_threads
from conversations.transcripts.chain import verify
from tests.unit.api.program import LIST, fetch, signed_in


@pytest.fixture(autouse=True)
def _threads(transactional_db: None) -> Iterator[None]:
    throttle.forget()
    yield
    close_threads()


@pytest.fixture
def alice(transactional_db: None) -> User:
    return User.objects.create_user("alice")


@pytest.fixture
def trains(alice: User) -> Conversation:
    made = Conversation.objects.create(owner=alice, title="Trains")
    Message.objects.create(conversation=made, role="user", content="When?")
    return made


@pytest.fixture
def named(alice: User, trains: Conversation, settings: Any, tmp_path: Path) -> Conversation:
    """Her conversation names her."""
    settings.DATA_DIR = tmp_path
    Message.objects.create(conversation=trains, role="user", content="I am Alice, +49 171 1234567")
    return trains


def test_a_redacted_transcript_and_its_key_fit(alice: User, named: Conversation) -> None:
    client, path = signed_in(alice), f"{LIST}/{named.pk}"
    plain = fetch(client, f"{path}/transcript.json")
    redacted = fetch(client, f"{path}/transcript.json?redact=all")
    key = fetch(client, f"{path}/redaction-key")

    assert redacted.value["messages"][-1]["content"] == "I am [PERSON-1], [PHONE-1]"
    assert key.value["placeholders"] == {"[PERSON-1]": ["Alice"], "[PHONE-1]": ["+49 171 1234567"]}
    assert "redacted Trains.json" in redacted.headers["Content-Disposition"]
    assert redacted.headers["ETag"] != plain.headers["ETag"]
    assert b"lice" not in fetch(client, f"{path}/transcript.html?redact=names").body


@pytest.mark.parametrize(
    "address", ["transcript.json?redact=ghosts", "redaction-key?redact=", "redaction-key?redact=x,y"]
)
def test_what_cannot_be_redacted_is_said(alice: User, named: Conversation, address: str) -> None:
    answer = fetch(signed_in(alice), f"{LIST}/{named.pk}/{address}")

    assert (answer.status, answer.value["errors"][0]["field"]) == (422, "redact")


def test_patterns_that_are_not_taken_are_said(alice: User, named: Conversation, tmp_path: Path) -> None:
    (tmp_path / "redaction_patterns").write_text("(a+)+")
    answer = fetch(signed_in(alice), f"{LIST}/{named.pk}/transcript.json?redact=all")

    assert answer.status == 422
    assert "Line 1" in json.dumps(answer.value)


def test_the_key_is_its_owners(named: Conversation) -> None:
    address = f"{LIST}/{named.pk}/redaction-key"

    assert fetch(signed_in(User.objects.create_user("charlie")), address).status == 404
    assert fetch(AsyncClient(), address).status == 401


def test_the_signing_key_is_everybodys_and_fits(alice: User, named: Conversation, client: Client) -> None:
    key = client.get("/api/v1/signing-key").json()
    document = fetch(signed_in(alice), f"{LIST}/{named.pk}/transcript.json").body

    assert key["algorithm"] == "ed25519"
    assert verify.check(verify.read(document), key["key"]).messages == 2
