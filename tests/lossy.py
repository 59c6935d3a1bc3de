"""A channel layer on a bad day, and the settings of a site that has it: of what goes to a group a fifth is lost, some
comes twice, and some comes late. What is lost is the same in every run of a process."""

from __future__ import annotations

import random
from typing import Any

from channels_redis.core import RedisChannelLayer

from chatsite.settings import *  # noqa: F403
from chatsite.settings import CHANNEL_LAYERS

LOST, TWICE, LATE = 0.20, 0.05, 0.05
RECHECK_SECONDS = 1.0
CHANNEL_LAYERS = {"default": {**CHANNEL_LAYERS["default"], "BACKEND": "tests.lossy.LossyLayer"}}


class LossyLayer(RedisChannelLayer):  # type: ignore[misc] # channels has no types
    """Loses, repeats and reorders what is sent to groups."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self._chance = random.Random(20261121)
        self._late: list[tuple[str, dict[str, Any]]] = []

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """As the chance of the moment has it."""
        chance = self._chance.random()
        if chance < LOST:
            return
        if chance < LOST + LATE:
            self._late.append((group, message))
            return
        await super().group_send(group, message)
        if chance > 1 - TWICE:
            await super().group_send(group, message)
        late, self._late = self._late, []
        for each in late:
            await super().group_send(*each)
