"""What goes wrong every few seconds, drawn at random: upstream, connections, processes, Redis."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from random import Random

from redis.asyncio import Redis

from tests.headless.page import Page
from tests.soak.people import Visitor
from tests.soak.stage import Stage

RESTARTS = ("site killed", "site restarted")
"""What ends a process; left out at the end, so that the last one's memory can be watched."""


class Faults:
    """`done` counts them by name."""

    def __init__(self, stage: Stage, visitors: list[Visitor], chance: Random) -> None:
        self.done: Counter[str] = Counter()
        self.may_restart = True
        self.is_over = False
        self._stage, self._chance = stage, chance
        self._pages = [page for visitor in visitors for page in visitor.pages]
        self._kinds: dict[str, Callable[[], Awaitable[None]]] = {
            "upstream reset": self._trouble("lost"),
            "upstream stalled": self._stall,
            "upstream answers 500": self._trouble("refused"),
            "upstream ends too early": self._trouble("cut short"),
            "upstream reports an error": self._trouble("broken"),
            "upstream away": self._upstream_away,
            "socket cut": self._cut,
            "tab offline": self._offline,
            "tab reads nothing": self._doze,
            "site frozen (SIGSTOP)": self._freeze,
            "site killed": self._kill,
            "site restarted": self._restart,
        }
        if stage.redis:
            self._kinds |= {
                "Redis restarted": stage.restart_redis,
                "Redis connections cut": self._cut_redis,
                "Redis emptied": self._empty_redis,
            }

    async def befall(self, every: float) -> None:
        """One after another, each to its end, until `is_over`."""
        while not self.is_over:
            await asyncio.sleep(self._chance.uniform(0.5, 1.5) * every)
            if self.is_over:
                return
            kinds = [kind for kind in self._kinds if self.may_restart or kind not in RESTARTS]
            kind = self._chance.choice(kinds)
            await self._kinds[kind]()
            self.done[kind] += 1

    def _trouble(self, kind: str) -> Callable[[], Awaitable[None]]:
        async def befall() -> None:
            self._stage.upstream.troubles.append(kind)

        return befall

    async def _stall(self) -> None:
        self._stage.upstream.troubles.append("held")
        await asyncio.sleep(self._chance.uniform(2, 8))
        self._stage.upstream.release()

    async def _upstream_away(self) -> None:
        await asyncio.to_thread(self._stage.upstream.stop)
        await asyncio.sleep(self._chance.uniform(0.5, 3))
        await asyncio.to_thread(self._stage.upstream.start)

    def _page(self) -> Page:
        return self._chance.choice(self._pages)

    async def _cut(self) -> None:
        self._page().cut()

    async def _offline(self) -> None:
        page = self._page()
        page.line.is_away = True
        page.cut()
        try:
            await asyncio.sleep(self._chance.uniform(1, 6))
        finally:
            page.line.is_away = False

    async def _doze(self) -> None:
        await self._page().line.doze(self._chance.uniform(2, 10))

    async def _freeze(self) -> None:
        await self._stage.freeze(self._chance.choice(self._stage.sites), self._chance.uniform(0.5, 6))

    async def _kill(self) -> None:
        await self._stage.kill(self._chance.choice(self._stage.sites))

    async def _restart(self) -> None:
        await self._stage.restart(self._chance.choice(self._stage.sites))

    async def _cut_redis(self) -> None:
        async with Redis.from_url(self._stage.redis) as redis:
            await redis.client_kill_filter(_type="normal", skipme=True)

    async def _empty_redis(self) -> None:
        async with Redis.from_url(self._stage.redis) as redis:
            await redis.flushall()
