"""A tab that is gone is kept by nobody, however it went: a count that stays the same over many of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from conversations.generation import watching
from conversations.generation.engine import engine
from conversations.keeping.temporary import presence
from conversations.live import consumers
from conversations.live.broadcasts import hub
from conversations.live.consumers import ChatConsumer

ROUNDS = 10
PERSON = 7


class Chair:
    """Somebody who may."""

    language = "en"
    address = "192.0.2.7"
    is_from_own_page = True

    def member(self) -> None:
        pytest.fail("nobody asks the database here")

    present = member


class Gate:
    """Takes the place of a look at the database that hangs until it is opened. Every chat is a temporary one."""

    def __init__(self) -> None:
        self.is_open = asyncio.Event()
        self.waiting = asyncio.Event()

    async def admit(self, who: object, conversation: UUID) -> bool:
        """What `watching.admit` answers."""
        self.waiting.set()
        await self.is_open.wait()
        return True


class Wire:
    """The server's side of a tab that has come."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.tab = ChatConsumer()
        self.serving = asyncio.create_task(self.tab({"type": "websocket"}, self.received.get, self._send))
        self.tell("connect")

    def tell(self, what: str, **values: object) -> None:
        self.received.put_nowait({"type": f"websocket.{what}", **values})

    def open(self, conversation: UUID | None) -> None:
        chosen = f'"{conversation}"' if conversation else "null"
        self.tell("receive", text=f'{{"type": "open", "conversation": {chosen}}}')

    async def _send(self, message: dict[str, Any]) -> None:
        pass


@pytest.fixture(autouse=True)
def _nobody(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    async def nothing(*_: object) -> None:
        pass

    async def recheck(self: ChatConsumer) -> None:
        self._user = PERSON

    monkeypatch.setattr(ChatConsumer, "recheck", recheck)
    monkeypatch.setattr(consumers, "Visitor", lambda scope: Chair())
    monkeypatch.setattr(consumers, "read", nothing)
    monkeypatch.setattr("conversations.keeping.temporary.write", nothing)
    monkeypatch.setattr(watching, "open_conversation", nothing)
    monkeypatch.setattr(engine, "backend_events", list)
    forget()  # what a test of another file has left is none of these
    yield
    forget()


def forget() -> None:
    """Have nothing counted."""
    consumers.tabs.clear()
    hub._topics.clear()
    presence._at.clear()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    made = Gate()
    monkeypatch.setattr(watching, "admit", made.admit)
    return made


def kept() -> tuple[int, int, int]:
    """Tabs, topics with listeners, and temporary chats that are open."""
    return len(consumers.tabs), len(hub._topics), len(presence._at)


async def begin_to_tell_anew(wire: Wire, gate: Gate) -> asyncio.Task[None]:
    """It has a chat open, and hangs while it is told of that once more."""
    gate.waiting.clear()
    gate.is_open.set()
    wire.open(uuid4())
    await gate.waiting.wait()
    gate.is_open.clear()
    gate.waiting.clear()
    refreshing = asyncio.create_task(wire.tab.refresh())
    await gate.waiting.wait()
    return refreshing


async def test_one_that_is_cancelled_while_it_hangs(gate: Gate) -> None:
    for _ in range(ROUNDS):
        gate.waiting.clear()
        wire = Wire()
        wire.open(uuid4())
        await gate.waiting.wait()
        wire.tell("disconnect", code=1006)
        wire.serving.cancel()
        await asyncio.wait([wire.serving])
    assert kept() == (0, 0, 0)


async def test_one_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise ConnectionResetError

    monkeypatch.setattr(consumers, "read", fail)  # the last step of a connect
    for _ in range(ROUNDS):
        wire = Wire()
        await asyncio.wait([wire.serving])
        assert isinstance(wire.serving.exception(), ConnectionResetError)
    assert kept() == (0, 0, 0)


async def test_one_that_leaves_while_it_is_told_anew(gate: Gate) -> None:
    for _ in range(ROUNDS):
        wire = Wire()
        refreshing = await begin_to_tell_anew(wire, gate)
        wire.tell("disconnect", code=1006)
        await wire.serving
        gate.is_open.set()
        await refreshing
    assert kept() == (0, 0, 0)


async def test_one_that_goes_on_while_it_is_told_anew(gate: Gate) -> None:
    wire = Wire()
    for _ in range(ROUNDS):
        refreshing = await begin_to_tell_anew(wire, gate)
        wire.open(None)
        while wire.tab._opened is not None:  # noqa: ASYNC110 -- there is no event of it
            await asyncio.sleep(0)
        gate.is_open.set()
        await refreshing
    wire.tell("disconnect", code=1006)
    await wire.serving
    assert kept() == (0, 0, 0)
