"""What is done at the channel layer, whichever it is. One that is away or full must fail nobody: it is only logged."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from itertools import groupby

from channels.exceptions import ChannelFull
from channels.layers import get_channel_layer
from django.conf import settings
from django.utils.module_loading import import_string

from conversations.live.outbox import Item

log = logging.getLogger(__name__)


def _errors() -> tuple[type[Exception], ...]:
    """What a layer raises that is away or full. Redis's are looked up where it is used: its package takes 7 MB."""
    if settings.CHANNEL_LAYERS["default"].get("CONFIG", {}).get("hosts"):
        return OSError, ChannelFull, import_string("redis.exceptions.RedisError")
    return OSError, ChannelFull


LAYER_ERRORS = _errors()


async def at_layer(action: str, *values: object) -> None:
    """Call a method of the layer. The text of a reply is in the buffer and in the database, if it fails."""
    try:
        await getattr(get_channel_layer(), action)(*values)
    except LAYER_ERRORS as error:
        log.warning("channel layer: %s failed: %s", action, error)
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError  # which the client has taken for an error of its own, or for nothing


async def all_at_layer(items: Sequence[Item]) -> None:
    """All of them in their order, the messages among them together where the layer can."""
    for action, together in groupby(items, lambda item: item.action):
        batch = [(item.group, item.value) for item in together]
        if action == "group_send" and hasattr(get_channel_layer(), "group_send_all"):
            await at_layer("group_send_all", batch)
        else:
            for group, value in batch:
                await at_layer(action, group, value)
