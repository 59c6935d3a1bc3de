"""Layers of processes that find each other, here several on one loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from conversations.live.neighbours import NeighbourLayer
from conversations.live.redis_layer import RedisLayer

PATIENCE = 60.0
Layer = TypeVar("Layer", NeighbourLayer, RedisLayer)


@asynccontextmanager
async def joining(make: Callable[..., Layer]) -> AsyncIterator[Callable[..., Awaitable[Layer]]]:
    """Makes a layer that is in these groups, `make` being told the rest; all of them leave at the end."""
    layers: list[Layer] = []

    async def join(*groups: str, **options: Any) -> Layer:
        layer = make(**options)
        layers.append(layer)
        channel = await layer.new_channel()
        for group in groups:
            await layer.group_add(group, channel)
        return layer

    yield join
    for layer in layers:
        await layer.leave()


async def heard(layer: NeighbourLayer | RedisLayer) -> dict[str, Any]:
    """The next message that comes to it."""
    return await asyncio.wait_for(layer.receive(""), PATIENCE)
