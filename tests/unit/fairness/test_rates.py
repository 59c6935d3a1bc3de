"""How fast a person's tabs may ask, all of them together, and how many there may be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from conversations.live import consumers
from conversations.live.consumers import ChatConsumer
from conversations.live.rates import Rate


class Wire:
    """What a tab is sent."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    async def __call__(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    @property
    def codes(self) -> list[str]:
        told = (json.loads(each["text"]) for each in self.sent if each["type"] == "websocket.send")
        return [each["code"] for each in told if each["type"] == "error"]


class Chair:
    """Who sits there."""

    language = "en"
    address = "127.0.0.1"
    is_from_own_page = True


def tab() -> tuple[ChatConsumer, Wire]:
    made, wire = ChatConsumer(), Wire()
    made.base_send = wire
    made._visitor, made._user = Chair(), 7  # type: ignore[assignment]
    return made, wire


@pytest.fixture(autouse=True)
def _people(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    async def recheck(self: ChatConsumer) -> None:
        """Whoever was there still is."""

    monkeypatch.setattr(ChatConsumer, "recheck", recheck)
    monkeypatch.setattr(consumers, "Visitor", lambda scope: Chair())
    yield
    consumers.tabs.clear()


async def say(made: ChatConsumer, **command: Any) -> None:
    await made.dispatch({"type": "websocket.receive", "text": json.dumps(command)})


async def test_all_tabs_of_a_person_share_a_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "COMMANDS", Rate("test", 0, 3))
    (one, first), (two, second) = tab(), tab()
    for each in (one, one, two, two):
        await say(each, type="open", conversation=None)
    assert (first.codes, second.codes) == ([], ["slow_down"])
    await say(two, type="ping")
    assert second.codes == ["slow_down"], "what keeps the connection is not counted"


async def test_a_socket_too_many_is_closed_and_the_others_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "MOST_TABS", 2)
    others = [tab()[0] for _ in range(2)]
    consumers.tabs.update(others)
    made, wire = tab()
    made.scope = {}
    await made.dispatch({"type": "websocket.connect"})
    assert [each["type"] for each in wire.sent] == ["websocket.accept", "websocket.close"]
    assert wire.sent[-1]["code"] == 4429
    assert consumers.tabs == set(others)


async def test_an_address_that_opens_sockets_without_end_is_sent_away_before_anybody_is_looked_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(consumers, "SOCKETS", Rate("test", 0, 0))
    made, wire = tab()
    made._user, made.scope = None, {}
    await made.dispatch({"type": "websocket.connect"})
    assert (wire.sent[-1]["code"], made._user) == (4429, None)
