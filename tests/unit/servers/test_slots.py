"""Replies at a time may be changed while some are written and others wait."""

from __future__ import annotations

import asyncio

from conversations.backends.registry import Registry
from conversations.generation.queue import FairQueue
from conversations.generation.runner import Runner
from conversations.live.broadcasts import Hub


async def take(queue: FairQueue, user: int, go: asyncio.Event) -> None:
    async with queue.turn(user, lambda position: None):
        await go.wait()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_more_slots_let_the_next_ones_in() -> None:
    queue, go = FairQueue(1), asyncio.Event()
    tasks = [asyncio.create_task(take(queue, user, go)) for user in range(4)]
    await settle()
    assert (queue.taken, queue.waiting, queue.is_free, queue.load) == (1, 3, False, 4.0)

    queue.resize(3)
    await settle()
    assert (queue.taken, queue.waiting) == (3, 1)

    go.set()
    await asyncio.gather(*tasks)
    assert (queue.taken, queue.waiting, queue.is_free) == (0, 0, True)


async def test_fewer_slots_let_those_who_write_finish() -> None:
    queue, goes = FairQueue(3), [asyncio.Event() for _ in range(4)]
    tasks = [asyncio.create_task(take(queue, user, go)) for user, go in enumerate(goes)]
    await settle()

    queue.resize(1)
    for done in (0, 1):
        goes[done].set()
        await settle()
        assert (queue.taken, queue.waiting) == (2 - done, 1)
    goes[2].set()
    await settle()
    assert (queue.taken, queue.waiting) == (1, 0)

    goes[3].set()
    await asyncio.gather(*tasks)
    assert queue.taken == 0


async def test_the_queue_of_a_server_has_as_many_slots_as_it_is_set_to() -> None:
    eliza = {"name": "eliza", "class": "conversations.backends.eliza.ElizaBackend", "parallel": 2}
    registry = Registry([eliza])
    runner = Runner(registry, Hub())
    queue = runner.queue("eliza")

    registry.reload([{**eliza, "parallel": 5}])

    assert runner.queue("eliza") is queue
    assert queue.slots == 5
