"""Gives each request and each socket its number, counts the answers, and logs them where that is wanted."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from conversations.telemetry import measured
from conversations.telemetry.requests import discreet_path, number_for, request_id

log = logging.getLogger("chatsite.requests")
Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
_BEGINNINGS = ("http.response.start", "websocket.accept")


class NumberedRequests:
    """ASGI: `X-Request-ID` of the request, or a new one, is in the answer and in the context of all that it causes."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._application(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        number = number_for(given.decode("latin-1"))
        began, status = time.monotonic(), 0

        def numbered(message: dict[str, Any]) -> Awaitable[None]:
            nonlocal status
            if message["type"] in _BEGINNINGS:
                status = message.get("status", 101)
                own = (b"x-request-id", number.encode())
                message = {**message, "headers": [*message.get("headers", ()), own]}
            sent: Awaitable[None] = send(message)
            return sent

        token = request_id.set(number)
        try:
            await self._application(scope, receive, numbered)
        finally:
            _answered(scope, status, round((time.monotonic() - began) * 1000))
            request_id.reset(token)


def _answered(scope: dict[str, Any], status: int, milliseconds: int) -> None:
    method = scope.get("method", "WEBSOCKET")
    if scope["type"] == "http":
        measured.request_answered(method, status)
    if settings.LOG_REQUESTS:
        path = discreet_path(scope["path"])
        facts = {"method": method, "path": path, "status": status, "milliseconds": milliseconds}
        log.info("%s %s %s %s ms", method, path, status, milliseconds, extra={"facts": facts})
