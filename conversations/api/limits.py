"""How fast one person may ask the API."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.throttling import BaseThrottle

from conversations.api.access import user_of
from conversations.live.rates import REQUESTS


class PersonThrottle(BaseThrottle):
    """See `live.rates`."""

    def allow_request(self, request: HttpRequest) -> bool:
        """Whether one more is allowed now."""
        return REQUESTS.allows(user_of(request).pk)

    def wait(self) -> float:
        """Seconds until another one is."""
        return 1.0

    def forget(self) -> None:
        """Nobody has asked yet."""
        REQUESTS.forget()


throttle = PersonThrottle()
