"""A socket under ASGI: what is sent leaves in order, by `send` alone or by the shorter way that our server offers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from chatsite.serving.extensions import SEND_TEXT
from conversations.live.consumers import ChatConsumer
from conversations.live.tab import MOST_FRAMES


class Wire:
    """A server's side: what it was given, in order."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.sent: list[str] = []
        self.frames: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def send(self, message: dict[str, Any]) -> None:
        self.said.append(message.get("text") or message["type"])

    def send_text(self, text: str) -> None:
        self.said.append(text)
        self.sent.append(text)


def extensions(wire: Wire, *, is_ours: bool) -> dict[str, Any]:
    return {"extensions": {SEND_TEXT: wire.send_text}} if is_ours else {}


async def serve(wire: Wire, *, is_ours: bool) -> tuple[ChatConsumer, asyncio.Task[None]]:
    """A tab that is being served, and has taken nothing in yet."""
    made = ChatConsumer()
    serving = asyncio.create_task(made(extensions(wire, is_ours=is_ours), wire.frames.get, wire.send))
    await asyncio.sleep(0)
    return made, serving


@pytest.mark.parametrize("is_ours", [True, False])
async def test_what_is_sent_leaves_in_order(is_ours: bool) -> None:
    wire = Wire()
    tab, serving = await serve(wire, is_ours=is_ours)
    await tab.push("first", is_delta=True)
    await tab.push("second", is_delta=False)
    await tab._close(4401)
    await tab.push("nobody is there", is_delta=False)
    assert wire.said == ["first", "second", "websocket.close"]
    assert wire.sent == (["first", "second"] if is_ours else [])
    serving.cancel()


@pytest.mark.parametrize("is_ours", [True, False])
async def test_who_is_behind_for_too_long_is_sent_away(is_ours: bool, settings: Any) -> None:
    settings.BEHIND_SECONDS = -1
    wire = Wire()
    tab, serving = await serve(wire, is_ours=is_ours)
    for _ in range(MOST_FRAMES + 1):
        await tab.push("delta", is_delta=True)
    assert wire.said == ["delta"] * (MOST_FRAMES + 1) + ["websocket.close"]
    serving.cancel()


async def test_the_end_of_the_connection_ends_the_serving() -> None:
    wire = Wire()
    tab, serving = await serve(wire, is_ours=True)
    wire.frames.put_nowait({"type": "websocket.disconnect", "code": 1001})
    await serving
    await tab.push("late", is_delta=False)
    assert not wire.said
