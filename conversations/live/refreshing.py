"""Has every tab told anew how its conversation stands, when something of other processes was lost.

In one round at a time, a tab after the other: where the database cannot keep up, rounds that are wanted faster than
they end would pile up, and with them what they hold, until nothing else is done.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from typing import Protocol

from django.db import Error

from conversations.tasks import spawn

log = logging.getLogger(__name__)


class Refreshable(Protocol):
    """A tab."""

    async def refresh(self) -> None:
        """Look again who sits there, and at what."""
        ...


class Refreshing:
    """Of the `tabs` that there are at the time."""

    def __init__(self, tabs: Collection[Refreshable]) -> None:
        self._tabs = tabs
        self._is_wanted = False
        self._task: asyncio.Task[object] | None = None

    def begin(self) -> None:
        """Begin a round, or have another one follow that which is under way."""
        self._is_wanted = True
        if self._task is None or self._task.done() or self._task.get_loop() is not asyncio.get_running_loop():
            self._task = spawn(self._run(), "refresh")

    async def _run(self) -> None:
        while self._is_wanted:
            self._is_wanted = False
            for tab in tuple(self._tabs):
                if tab in self._tabs:
                    await self._refresh(tab)

    async def _refresh(self, tab: Refreshable) -> None:
        """One that fails (its socket closes in this moment, the database is away) must not end the round."""
        try:
            await tab.refresh()
        except (Error, OSError, RuntimeError) as error:
            log.info("a tab is not told anew: %s", error)
