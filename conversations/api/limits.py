"""How fast one person may ask the API, counted in each process."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from django.http import HttpRequest
from ninja.throttling import BaseThrottle

from conversations.api.access import user_of
from conversations.live.bucket import Bucket

RATE = 20.0  # requests a second, for ever
BURST = 100
_REMEMBERED = 10_000  # people


class PersonThrottle(BaseThrottle):
    """A token bucket a person; those not seen for longest are forgotten, and their bucket is full again."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[int, Bucket] = OrderedDict()
        self._lock = Lock()

    def allow_request(self, request: HttpRequest) -> bool:
        """Whether one more is allowed now."""
        user = user_of(request).pk
        with self._lock:
            bucket = self._buckets.setdefault(user, Bucket(RATE, BURST))
            self._buckets.move_to_end(user)
            if len(self._buckets) > _REMEMBERED:
                self._buckets.popitem(last=False)
            return bucket.take()

    def wait(self) -> float:
        """Seconds until another one is."""
        return 1.0

    def forget(self) -> None:
        """Everybody's bucket is full again."""
        self._buckets.clear()


throttle = PersonThrottle()
