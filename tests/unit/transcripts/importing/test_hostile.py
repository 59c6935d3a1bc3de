"""Files that were made to harm: refused with the place of the first error, in the memory of one conversation, and
nothing of them is kept. What gets in can be shown."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import IO, cast

import pytest

from conversations.models import Message, User
from conversations.transcripts.importing.errors import Unreadable
from conversations.transcripts.importing.reading import take_all
from conversations.transcripts.importing.scanning import Scanner
from tests.unit.transcripts.importing.samples import (
    GOOD,
    Change,
    changed,
    chatgpt,
    node,
    openwebui,
    refused,
    said,
    taken,
)
from tests.unit.transcripts.told import user, written

MEGABYTE = 1024 * 1024


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada")


class Endless:
    """A stream that is made while it is read: `begin`, then `piece` as often as it is asked for."""

    def __init__(self, begin: bytes, piece: bytes, length: int) -> None:
        self._ahead, self._piece, self._left = begin, piece * 2000, length

    def read(self, size: int = -1) -> bytes:
        while len(self._ahead) < size and self._left > 0:
            self._ahead += self._piece
            self._left -= len(self._piece)
        found, self._ahead = self._ahead[:size], self._ahead[size:]
        return found

    def seek(self, *_: int) -> int:
        return 0


HEAD = GOOD[: GOOD.index(b'"messages":[') + 12]
ROW = b'{"id":1,"parent":null,"role":"user","state":"complete","content":"x"},'


@pytest.mark.parametrize(
    ("begin", "piece", "place"),
    [
        (HEAD, ROW, "It is larger than 1 MB."),
        (b'[{"mapping":{', b'"a":{"id":"a","parent":null},', "0: It is larger than 1 MB."),
        (b'{"format":"', b"x" * 64, "It is larger than 1 MB."),
        (b'{"format":"', b'\\"', "It is larger than 1 MB."),
        (b"", b"[", "0: It is nested deeper than 100 levels."),
        (b'[{"a":', b'{"a":', "0: It is nested deeper than 100 levels."),
    ],
)
def test_a_million_of_anything_costs_the_memory_of_one_conversation(
    begin: bytes, piece: bytes, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limits are smaller here, so that the file is many times larger than what may be kept of it."""
    monkeypatch.setattr("conversations.transcripts.importing.scanning.CONVERSATION", MEGABYTE)
    stream = Endless(begin, piece, 100 * MEGABYTE)
    tracemalloc.start()
    try:
        with pytest.raises(Unreadable) as error:
            list(Scanner(cast("IO[bytes]", stream)).pieces())
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert str(error.value) == place
    assert peak < 8 * MEGABYTE


def test_a_million_messages_are_refused_at_the_stated_limit(ada: User, tmp_path: Path) -> None:
    file = tmp_path / "million.json"
    with file.open("wb") as made:
        made.write(HEAD)
        for _ in range(1000):
            made.write(ROW * 1000)
        made.write(ROW[:-1] + b"]}")
    with file.open("rb") as source:
        (outcome,) = take_all(source, file.name, ada)
    assert outcome.why == "It is larger than 64 MB."
    assert not Message.objects.exists()


def test_short_values_are_counted(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conversations.transcripts.importing.scanning.VALUES", 30_000)

    assert refused(b'{"x":[' + b"[]," * 15_001 + b"1]}", ada) == "It has more than 30,000 values."
    assert "This is no conversation" in refused(b'{"x":["' + b"[]," * 15_001 + b'"]}', ada)


def test_more_messages_than_the_limit_are_refused_before_they_are_made(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conversations.transcripts.importing.own.MESSAGES", 3)
    nodes = [node(f"n{number}", "client-created-root", "user", "x") for number in range(3)]

    assert refused(written("json", *(user("x", id=n) for n in range(4))), ada) == "messages: There are more than 3."
    assert refused(chatgpt(*nodes), ada) == "mapping: There are more than 3."
    messages = [said(f"n{number}", None, "user", "x") for number in range(4)]
    assert refused(openwebui(*messages), ada) == "chat.history.messages: There are more than 3."


def test_more_conversations_than_the_limit_are_left(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conversations.transcripts.importing.reading.CONVERSATIONS", 2)
    outcomes = taken([chatgpt(conversation_id=str(number)) for number in range(5)], ada)

    assert [each.outcome for each in outcomes] == ["imported", "imported", "skipped"]
    assert outcomes[-1].why == "Only the first 2 are taken."


CHANGES: list[tuple[Change, str]] = [
    (
        lambda value: value["messages"][1].update(created_at="9999-12-31T23:59:59-23:59"),
        "messages.1.created_at: This is no",
    ),
    (
        lambda value: value["messages"][1].update(finished_at="0001-01-01T00:00:00+23:59"),
        "messages.1.finished_at: This",
    ),
    (lambda value: value["conversation"].update(updated_at="1969-12-31T23:59:59Z"), "conversation.updated_at: This"),
    (lambda value: value["conversation"].update(created_at=-1e18), "conversation.created_at: "),
    (lambda value: value["conversation"].update(title="t" * 1001), "conversation.title: It has more than 1,000"),
    (lambda value: value["messages"][1].update(id=1), "messages.1.id: 1 is there twice."),
    (lambda value: value["messages"][0].update(parent=2), "messages.0.parent: 2 does not come before it."),
    (lambda value: value["messages"][1].update(parent=10**30), "messages.1.parent: "),
    (lambda value: value["messages"][1].update(tool_calls=[{"id": 1}]), "messages.1.tool_calls.0.id: "),
    (lambda value: value["messages"][1].update(metrics={"total_ms": "x"}), "messages.1.metrics.total_ms: "),
    (lambda value: value["messages"][1].update(metrics={"window": {"seen_from": "x"}}), "metrics.window.seen_from: "),
    (lambda value: value["messages"][1].update(provenance={"corrects": 5}), "messages.1.provenance.corrects: "),
    (lambda value: value["messages"][1].update(provenance={"messages": 10**30}), "messages.1.provenance.messages: "),
    (lambda value: value["messages"][1].update(provenance={"lengths": [[1]]}), "messages.1.provenance.lengths.0"),
    (lambda value: value["messages"][1].update(logprobs=[1]), "messages.1.logprobs.0: "),
    (lambda value: value["messages"][1].update(attachments=[{"id": "x"}]), "messages.1.attachments.0.id: "),
    (lambda value: value["conversation"]["settings"].update(tools={"a": 1}), "conversation.settings.tools: "),
    (lambda value: value["conversation"].update(id="../x"), "conversation.id: "),
    (lambda value: value["chain"].update(links={}), "chain.links: "),
]


@pytest.mark.parametrize(("change", "place"), CHANGES)
def test_wrong_values_at_any_depth(ada: User, change: Change, place: str) -> None:
    assert place in refused(changed(change), ada)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (GOOD.replace(b'"content":"When?"', b'"content":"a","content":"b"'), "messages.0.content: It is there twice."),
        (
            GOOD.replace(b'"metrics":{}', b'"metrics":{"x":[1e999]}', 1),
            "messages.0.metrics.x.0: This number",
        ),
        (GOOD.replace(b'"metrics":{}', b'"metrics":{"x":NaN}', 1), "NaN is no number."),
        (GOOD.replace(b'"metrics":{}', b'"metrics":{"x":' + b"9" * 5000 + b"}", 1), "This is no JSON"),
        (GOOD.replace(b"When?", b"\xff"), "This is no JSON"),
        (GOOD[:-20], "The file ends in the middle"),
        (b"[]]", "a bracket closes that was not opened"),
        (b"}" + GOOD, "it begins with neither { nor ["),
        (b'{"a":1}', "This is no conversation"),
        (b"[7]", "This is no conversation"),
        (b"[]", "There is no conversation in it."),
        (b"", "There is no conversation in it."),
        (b"null", "it begins with neither { nor ["),
        (b'"', "it begins with neither { nor ["),
        (b"{", "The file ends in the middle"),
        ("x".encode("utf-16"), "it begins with neither { nor ["),
    ],
)
def test_json_that_is_none(ada: User, data: bytes, why: str) -> None:
    assert why in refused(data, ada)
