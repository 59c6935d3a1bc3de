"""The line to the other processes: what gathers leaves together, in its order, and one that hangs holds up nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from conversations.live import outbox
from conversations.live.outbox import Item, Outbox


class Layer:
    """Notes what it is given, and answers while it is free."""

    def __init__(self) -> None:
        self.batches: list[list[object]] = []
        self.free = asyncio.Event()
        self.free.set()
        self.lost = 0

    async def send(self, items: Sequence[Item]) -> None:
        self.batches.append([item.value for item in items])
        await self.free.wait()
        if items[0].value == "bad":
            raise ValueError("cannot travel")

    def note_loss(self) -> None:
        self.lost += 1


@asynccontextmanager
async def running(layer: Layer) -> AsyncIterator[Outbox]:
    box = Outbox(layer.send, layer.note_loss)
    task = asyncio.create_task(box.run())
    yield box
    task.cancel()
    await asyncio.wait([task])


async def test_what_gathers_leaves_together_and_in_order() -> None:
    layer = Layer()
    async with running(layer) as box:
        layer.free.clear()
        first = box.put("group_send", "a", 1)
        while not layer.batches:  # noqa: ASYNC110 - a turn of the loop or two
            await asyncio.sleep(0)
        rest = [box.put("group_send", "a", number) for number in (2, 3, 4)]
        assert not first.done()
        layer.free.set()
        await asyncio.gather(first, *rest)
    assert layer.batches == [[1], [2, 3, 4]]


async def test_what_cannot_travel_ends_no_others_way() -> None:
    layer = Layer()
    async with running(layer) as box:
        await box.put("group_send", "a", "bad")
        await box.put("group_send", "a", "good")
    assert layer.batches == [["bad"], ["good"]]


async def test_a_layer_that_hangs_is_not_waited_for_and_what_it_lost_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "PATIENCE", 0.01)
    layer = Layer()
    async with running(layer) as box:
        layer.free.clear()
        await box.put("group_send", "a", 0)
        for number in range(outbox.MOST + 1):
            assert box.put("group_send", "a", number).done()
        assert box.is_slow
        layer.free.set()
        while box.is_slow or not layer.lost:  # noqa: ASYNC110 - some turns of the loop
            await asyncio.sleep(0)
        await box.put("group_send", "a", "later")
    assert layer.lost == 1
    assert layer.batches[-1] == ["later"]


async def test_who_is_cancelled_while_waiting_takes_nobody_along() -> None:
    layer = Layer()
    async with running(layer) as box:
        layer.free.clear()
        box.put("group_add", "a", "first")
        waiting = [asyncio.create_task(box.flush()) for _ in range(2)]
        while not layer.batches:  # noqa: ASYNC110 - a turn of the loop or two
            await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.wait(waiting[:1])
        layer.free.set()
        await waiting[1]
    assert layer.batches == [["first"]]
