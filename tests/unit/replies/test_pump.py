"""From single tokens to few frames: what comes within a moment leaves together, and nothing is lost between."""

from __future__ import annotations

import asyncio
import json

import pytest

from conversations.backends.base import Delta
from conversations.generation.live_reply import LONGEST_DELTA, LiveReply, Pump
from conversations.ids import uuid7
from conversations.live.broadcasts import Hub


class Line(Hub):
    """Notes the frames instead of sending them."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[dict[str, object]] = []
        self.came = asyncio.Event()

    async def publish_frame(self, topic: str, frame: str, *, is_delta: bool, besides: object = None) -> None:
        assert is_delta
        self.frames.append(json.loads(frame))
        self.came.set()


async def test_tokens_that_come_together_leave_together() -> None:
    line = Line()
    pump, reply = Pump(line), LiveReply(1, uuid7(), 1)
    pump.window = 60.0  # a machine that stands still for a moment must not make more of it
    for number in range(500):
        reply.append(Delta(f"{number} "))
        await pump.push(reply)
    assert [frame["text"] for frame in line.frames] == ["0 "], "the first one leaves at once"
    await pump.flush(reply)
    first, rest = line.frames
    assert rest["at"] == len(str(first["text"]))
    assert f"{first['text']}{rest['text']}" == reply.content.whole()


async def test_what_waits_leaves_with_the_next_tick() -> None:
    line = Line()
    pump, reply = Pump(line), LiveReply(1, uuid7(), 1)
    ticking = asyncio.create_task(pump.run())
    for text in ("a", "b", "é" * LONGEST_DELTA):
        reply.append(Delta(text))
        await pump.push(reply)
    async with asyncio.timeout(20):
        while sum(len(str(frame["text"])) for frame in line.frames) < reply.content.length:
            line.came.clear()
            await line.came.wait()
    ticking.cancel()
    assert "".join(str(frame["text"]) for frame in line.frames) == reply.content.whole()
    assert all(len(str(frame["text"])) <= LONGEST_DELTA for frame in line.frames)


async def test_a_reply_that_many_look_on_is_told_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("conversations.generation.live_reply.time.monotonic", lambda: now)

    class Crowd(Line):
        async def publish_frame(self, topic: str, frame: str, *, is_delta: bool, besides: object = None) -> None:
            nonlocal now
            now += 0.003  # as long as a hundred sockets take
            await super().publish_frame(topic, frame, is_delta=is_delta)

    pump, reply = Pump(crowd := Crowd()), LiveReply(1, uuid7(), 1)
    for _token in range(10):
        reply.append(Delta("word "))
        await pump.push(reply)
        pump._waiting.clear()  # no tick comes
        now += 0.02
    assert len(crowd.frames) == 5, "every other one, joined with the one before"
    assert reply.rest == pytest.approx(0.03)
