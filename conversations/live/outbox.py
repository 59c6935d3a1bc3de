"""What leaves for the other processes, in its order, by a task of its own: a layer that hangs holds up nobody here.

What has gathered while the layer was busy leaves together. Who joins a group waits until that is done, and so do
deltas once more has gathered than a moment brings, so that they are joined where the layer is slow. Once it has not
answered for a second nobody waits any more; beyond a bound what comes is lost, and that is noted.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

log = logging.getLogger(__name__)

MOST = 2000
MUCH = 200
PATIENCE = 1.0
PULSE_SECONDS = 5.0


@dataclass(slots=True)
class Item:
    """Something to be done at the layer: `action` names its method."""

    action: str
    group: str
    value: object
    done: asyncio.Future[None]
    """Wait for it with `asyncio.wait`: who is cancelled while they await it would cancel it for all others."""


Send = Callable[[Sequence[Item]], Awaitable[None]]


class Outbox:
    """`send(items)` does them in their order, and raises nothing; `on_lost()` is called when what was lost is over."""

    def __init__(self, send: Send, on_lost: Callable[[], object]) -> None:
        self._send = send
        self._on_lost = on_lost
        self._waiting: deque[Item] = deque()
        self._leaving: list[Item] = []
        self._wake = asyncio.Event()
        self._is_stuck = False
        self._has_lost = False

    @property
    def is_slow(self) -> bool:
        """Whether more waits than a moment brings."""
        return len(self._waiting) > MUCH

    def put(self, action: str, group: str, value: object) -> asyncio.Future[None]:
        """Have it done; the future ends when it is, or when the layer does not answer."""
        item = Item(action, group, value, asyncio.get_running_loop().create_future())
        self._has_lost = self._has_lost or len(self._waiting) >= MOST
        if len(self._waiting) < MOST:
            self._waiting.append(item)
            self._wake.set()
            if not self._is_stuck:
                return item.done
        item.done.set_result(None)
        return item.done

    async def run(self) -> None:
        """Send, for ever."""
        while True:
            await self._wake.wait()
            self._leaving = [self._waiting.popleft() for _ in range(min(len(self._waiting), MUCH))]
            answer = asyncio.get_running_loop().call_later(PATIENCE, self._give_up)
            (failed,) = await asyncio.gather(self._send(self._leaving), return_exceptions=True)
            answer.cancel()
            if failed is not None:  # a value that cannot travel must not end all others' way
                log.error("channel layer: %s", [item.group for item in self._leaving], exc_info=failed)
            self._is_stuck = False
            _let_go(self._leaving)
            self._leaving = []
            if not self._waiting:
                self._wake.clear()
                if self._has_lost:
                    self._has_lost = False
                    self._on_lost()

    async def flush(self) -> None:
        """Return when all has left, or when the layer does not answer."""
        if self._waiting or self._leaving:
            await asyncio.wait([(self._waiting or self._leaving)[-1].done])

    def _give_up(self) -> None:
        self._is_stuck = True
        _let_go((*self._leaving, *self._waiting))


def _let_go(items: Iterable[Item]) -> None:
    for item in items:
        if not item.done.done():
            item.done.set_result(None)


class Pulse:
    """Finds out that a layer has forgotten its groups (Redis: FLUSHALL, a restart, a day gone by). It raises nothing.

    `beat(number)` sends to this process itself, which sets `felt` when it arrives. What does not arrive has been lost
    to others too: `on_silence()` mends it.
    """

    def __init__(self, beat: Callable[[int], Awaitable[None]], on_silence: Callable[[], Awaitable[None]]) -> None:
        self.felt = 0
        self._beat = beat
        self._on_silence = on_silence

    async def run(self) -> None:
        """Beat, for ever."""
        number = 0
        while True:
            number += 1
            await self._beat(number)
            await asyncio.sleep(PULSE_SECONDS)
            if self.felt < number:
                log.warning("channel layer: what we send ourselves does not arrive")
                await self._on_silence()
