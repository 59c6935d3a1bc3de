"""A channel layer on a bad day, and the settings of a site that has it: of what goes to a group a fifth is lost, some
comes twice, and some comes late. What is lost is the same in every run of a process."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from chatsite.settings import *  # noqa: F403
from chatsite.settings import CHANNEL_LAYERS
from conversations.live.redis_layer import RedisLayer

LOST, TWICE, LATE = 0.20, 0.05, 0.05
RECHECK_SECONDS = 1.0
CHANNEL_LAYERS = {"default": {**CHANNEL_LAYERS["default"], "BACKEND": "tests.lossy.LossyLayer"}}


class LossyLayer(RedisLayer):
    """Loses, repeats and reorders what is sent to groups."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self._chance = random.Random(20261121)
        self._late: list[tuple[str, dict[str, Any]]] = []

    async def group_send_all(self, messages: Sequence[tuple[str, dict[str, Any]]]) -> None:
        """As the chance of the moment has it."""
        await super().group_send_all([each for message in messages for each in self._fate_of(message)])

    def _fate_of(self, message: tuple[str, dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
        """What is sent in its place."""
        chance = self._chance.random()
        if chance < LOST:
            return []
        if chance < LOST + LATE:
            self._late.append(message)
            return []
        late, self._late = self._late, []
        return [message, *([message] if chance > 1 - TWICE else []), *late]
