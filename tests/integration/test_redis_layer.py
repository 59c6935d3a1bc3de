"""The layer between processes over a real Redis, here between layers of one loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from redis.exceptions import RedisError

from conversations.live import redis_layer
from conversations.live.redis_layer import RedisLayer
from tests import machines
from tests.layers import PATIENCE, heard, joining
from tests.machines import Machine

Join = Callable[..., Awaitable[RedisLayer]]


@pytest.fixture(scope="module")
def redis() -> Iterator[Machine]:
    with machines.redis() as redis:
        yield redis


@pytest.fixture
async def join(redis: Machine) -> AsyncIterator[Join]:
    def make(database: int = 0) -> RedisLayer:
        return RedisLayer(hosts=[{"address": f"redis://127.0.0.1:{redis.port}/{database}", "socket_timeout": 15}])

    async with joining(make) as join:
        yield join


def told(number: int, by: str = "me") -> dict[str, Any]:
    return {"type": "frame", "frame": f"ä\u2028 {number}", "from": by}


async def test_a_group_hears_what_is_said_to_it_once_joined_and_nothing_after_it_left(join: Join) -> None:
    one, two, elsewhere = await join("news"), await join("news", "gossip"), await join("news", database=1)
    await one.group_send_all([("news", told(1)), ("gossip", told(2)), ("nobody", told(3)), ("news", told(4))])
    assert [await heard(two) for _ in range(3)] == [told(1), told(2), told(4)]

    await two.group_discard("gossip", "")
    await two.group_add("gossip", "")  # at once again: the leaving is still on its way
    await one.group_send("gossip", told(5))
    assert await heard(two) == told(5)
    await two.group_discard("gossip", "")
    await one.group_send_all([("gossip", told(6)), ("news", told(7))])
    assert await heard(two) == told(7)
    assert elsewhere._received.empty(), "another site's"


async def test_what_nobody_else_hears_does_not_travel_but_a_pulse_comes_back(join: Join) -> None:
    alone = await join("news")
    await alone.group_send_all([("news", told(1)), ("news", {"type": "pulse", "number": 1})])
    assert await heard(alone) == {"type": "pulse", "number": 1}


async def test_a_loss_is_told_once_and_the_groups_are_there_again(
    join: Join, redis: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_layer, "RETRY_SECONDS", 0.05)
    one, two = await join("news"), await join("news")
    redis.stop()
    async with asyncio.timeout(PATIENCE):
        while one._listener or two._listener:  # noqa: ASYNC110 - nothing tells when they have noticed
            await asyncio.sleep(0.01)
    with pytest.raises(RedisError):
        await one.group_send("news", told(1))
    await two.group_add("later", "")  # waits for nobody
    redis.start()
    for layer in (one, two):
        with pytest.raises(RedisError):
            await heard(layer)
    await one.group_send_all([("news", told(2)), ("later", told(3))])
    assert [await heard(two), await heard(two)] == [told(2), told(3)]


def test_a_command_says_something_without_listening(redis: Machine) -> None:
    async def listen_to_another_loop() -> dict[str, Any]:
        layer = RedisLayer(hosts=[{"address": f"redis://127.0.0.1:{redis.port}/0"}])
        await layer.group_add("news", await layer.new_channel())
        await asyncio.to_thread(asyncio.run, layer.group_send("news", {"type": "signal"}))
        received = await heard(layer)
        await layer.leave()
        return received

    assert asyncio.run(listen_to_another_loop()) == {"type": "signal"}
