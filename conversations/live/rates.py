"""How fast one person, or one address, may ask: in this process, and in all together while they have a Redis.

The count of all together is never stricter than what one process allows by itself, so that without Redis each process
goes on holding the same limit.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from django.core.cache import cache

from conversations.live.bucket import Bucket
from conversations.tasks import read

WINDOW = 10
"""Seconds that are counted together over all processes."""
_REMEMBERED = 10_000


class Rate:
    """`burst` at once, then so many `a_second`, for each key. Who was not seen for longest is forgotten."""

    def __init__(self, name: str, a_second: float, burst: int) -> None:
        self._name = name
        self._a_second = a_second
        self.burst = burst
        self._buckets: OrderedDict[object, Bucket] = OrderedDict()
        self._lock = Lock()

    def allows_here(self, key: object) -> bool:
        """Whether this process takes one more."""
        with self._lock:
            bucket = self._buckets.setdefault(key, Bucket(self._a_second, self.burst))
            self._buckets.move_to_end(key)
            if len(self._buckets) > _REMEMBERED:
                self._buckets.popitem(last=False)
            return bucket.take()

    def allows(self, key: object) -> bool:
        """Whether all processes together take one more. Waits for the network where there is a Redis."""
        return self.allows_here(key) and self._is_free_elsewhere(key)

    async def allows_soon(self, key: object) -> bool:
        """`allows`, without holding up the loop."""
        return self.allows_here(key) and (_shared() is None or await read(self._is_free_elsewhere, key))

    def forget(self) -> None:
        """The bucket of everybody who was seen here is full again."""
        if _shared():
            cache.delete_many([self._entry(key) for key in self._buckets])
        self._buckets.clear()

    def _is_free_elsewhere(self, key: object) -> bool:
        count = _shared()
        counted = count(self._entry(key), WINDOW) if count else None
        return counted is None or counted <= self.burst + self._a_second * WINDOW

    def _entry(self, key: object) -> str:
        return f"rate:{self._name}:{key}"


def _shared() -> Callable[[str, int], int | None] | None:
    """What counts for all processes, where the cache does: that of `chatsite.cache`."""
    found: Callable[[str, int], int | None] | None = getattr(cache, "count", None)
    return found


REQUESTS = Rate("api", 20, 100)
"""Of a person's programs."""
COMMANDS = Rate("command", 20, 200)
"""Of all tabs of a person, less what only keeps a connection alive."""
SOCKETS = Rate("socket", 100, 2000)
"""Sockets that one address opens; many people may share it."""
MOST_TABS = 100
"""Sockets that a person may have open at each process."""
