"""How fast one person may ask the API."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.throttling import BaseThrottle

from conversations.api.access import user_of
from conversations.live.rates import REQUESTS
from conversations.signin import record


class PersonThrottle(BaseThrottle):
    """See `live.rates`."""

    def allow_request(self, request: HttpRequest) -> bool:
        """Whether one more is allowed now."""
        is_allowed = REQUESTS.allows(user_of(request).pk)
        if not is_allowed:
            record.ward("a program asked too fast", user=user_of(request).pk)
        return is_allowed

    def wait(self) -> float:
        """Seconds until another one is."""
        return 1.0

    def forget(self) -> None:
        """Nobody has asked yet."""
        REQUESTS.forget()


throttle = PersonThrottle()
