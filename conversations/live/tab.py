"""One tab's way out: frames, counted, so that a slow reader costs neither memory nor anybody else's time."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable, Generator

from django.conf import settings

from conversations.live.protocol import Frame

MOST_FRAMES = 200
MOST_BYTES = 256 * 1024


class _Done:
    """Nothing to wait for. To make a coroutine for each frame and reader costs more than all else that we do there."""

    def __await__(self) -> Generator[None, None, None]:
        yield from ()


DONE = _Done()


class Tab:
    """Counts what the tab has not acknowledged; beyond the bounds deltas stay away until it catches up."""

    def __init__(self, send: Callable[[str], Awaitable[None]]) -> None:
        self._send = send
        self._sent = 0
        self._unacked: deque[int] = deque()
        self._bytes = 0
        self.is_behind = False
        self._behind_since = 0.0

    def push(self, frame: str, *, is_delta: bool) -> Awaitable[None]:
        """Send a frame, unless it is a delta and the tab is behind."""
        if self.is_behind and is_delta:
            return DONE
        self._sent += 1
        self._unacked.append(len(frame))
        self._bytes += len(frame)
        if not self.is_behind and (len(self._unacked) > MOST_FRAMES or self._bytes > MOST_BYTES):
            self.is_behind, self._behind_since = True, time.monotonic()
        return self._send(frame)

    async def tell(self, event: Frame) -> None:
        """Send an event to this tab alone."""
        await self.push(event.model_dump_json(), is_delta=False)

    def acked(self, frames: int) -> bool:
        """The tab has taken in `frames` in all; True when it has caught up and needs to be told what it missed."""
        if not self._sent - len(self._unacked) < frames <= self._sent:
            return False
        while len(self._unacked) > self._sent - frames:
            self._bytes -= self._unacked.popleft()
        if self.is_behind and len(self._unacked) < MOST_FRAMES // 2 and self._bytes < MOST_BYTES // 2:
            self.is_behind = False
            return True
        return False

    @property
    def is_gone(self) -> bool:
        """Behind for so long that nobody can be reading."""
        return self.is_behind and time.monotonic() - self._behind_since > settings.BEHIND_SECONDS
