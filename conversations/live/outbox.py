"""What leaves for the other processes, in its order, by a task of its own: a layer that hangs holds up nobody here.

While the layer answers, who sends waits until that is done, so that deltas are joined when it is slow. Once it has
not answered for a second nobody waits any more; beyond a bound what comes is lost, and that is noted.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

MOST = 2000
PATIENCE = 1.0
PULSE_SECONDS = 5.0
Send = Callable[[str, str, object], Awaitable[None]]
_Waiting = tuple[str, str, object, "asyncio.Future[None]"]


class Outbox:
    """`send(action, group, value)` does it, and raises nothing; `on_lost()` is called when what was lost is over."""

    def __init__(self, send: Send, on_lost: Callable[[], object]) -> None:
        self._send = send
        self._on_lost = on_lost
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue(MOST)
        self._since: float | None = None
        self._has_lost = False

    @property
    def is_stuck(self) -> bool:
        """Whether the layer has not answered for so long that nobody waits for it."""
        return self._since is not None and time.monotonic() - self._since > PATIENCE

    async def put(self, action: str, group: str, value: object) -> None:
        """Have it sent; return when that is done, or when the layer does not answer."""
        sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            self._queue.put_nowait((action, group, value, sent))
        except asyncio.QueueFull:
            self._has_lost = True
            return
        if not self.is_stuck:
            await asyncio.wait([sent], timeout=PATIENCE)

    async def run(self) -> None:
        """Send, for ever."""
        while True:
            action, group, value, sent = await self._queue.get()
            self._since = time.monotonic()
            (failed,) = await asyncio.gather(self._send(action, group, value), return_exceptions=True)
            if failed is not None:  # a value that cannot travel must not end all others' way
                log.error("channel layer: %s %s", action, group, exc_info=failed)
            self._since = None
            self._queue.task_done()
            if not sent.done():
                sent.set_result(None)
            if self._has_lost and self._queue.empty():
                self._has_lost = False
                self._on_lost()

    async def flush(self) -> None:
        """Return when all has left, or when the layer does not answer."""
        await asyncio.wait([asyncio.ensure_future(self._queue.join())], timeout=PATIENCE)


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
