"""How fast a tab may send commands: a token bucket."""

from __future__ import annotations

import time


class Bucket:
    """`burst` commands at once, refilled with `rate` a second."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = burst
        self._level = float(burst)
        self._at = time.monotonic()
        self._refused = 0

    def take(self) -> bool:
        """Whether one more is allowed now."""
        now = time.monotonic()
        self._level = min(self._burst, self._level + (now - self._at) * self._rate)
        self._at = now
        if self._level < 1:
            self._refused += 1
            return False
        self._level -= 1
        self._refused = max(0, self._refused - 1)
        return True

    @property
    def is_flooded(self) -> bool:
        """Refused so much more often than allowed that nobody is listening to the refusals.

        Not counted in a row: while a flood lasts, one is allowed now and then, the sooner the slower this machine is.
        """
        return self._refused > 2 * self._burst
