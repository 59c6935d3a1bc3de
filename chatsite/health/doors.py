"""`/healthz`, `/readyz` and `/metrics`, and the answers that `manage.py doctor` measures the way by.

None of them looks at the `Host` header: whoever watches over processes asks them by their numbers.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings

from chatsite.health import readiness, workers
from chatsite.policy import HEADERS, SECURE_CSP
from conversations.telemetry import probing
from conversations.telemetry.families import CONTENT_TYPE, exposition

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
_FORWARDED = {b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip", b"via"}
_TOLD = {"host", "x-forwarded-proto", "x-forwarded-for", "origin"}
_HEADERS = {
    **HEADERS,
    "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in SECURE_CSP.items()),
    "Cache-Control": "no-store",
}


class HealthDoors:
    """ASGI: answers these addresses and hands everything else on, also whoever may not see the figures."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        answer = _ANSWERS.get(scope["path"]) if scope["type"] == "http" else None
        if answer is None or not answer.is_open(scope):
            await self._application(scope, receive, send)
        elif scope["method"] not in ("GET", "HEAD"):
            await _send(send, 405, "text/plain", b"", Allow="GET, HEAD")
        else:
            await answer.give(scope, send)


class _Answer:
    def __init__(self, give: Callable[..., Awaitable[None]], is_open: Callable[[dict[str, Any]], bool]) -> None:
        self.give = give
        self.is_open = is_open


def is_operator(scope: dict[str, Any]) -> bool:
    """Whoever has METRICS_TOKEN, or asks on this machine itself: not through a proxy, not by a name from outside."""
    headers = dict(scope["headers"])
    given = headers.get(b"authorization", b"").removeprefix(b"Bearer ")
    token = settings.METRICS_TOKEN.encode()
    if token and hmac.compare_digest(given, token):
        return True
    peer = (scope.get("client") or ("",))[0]
    return _is_here(peer) and _is_here(_name(headers.get(b"host", b""))) and not _FORWARDED & headers.keys()


def _name(host: bytes) -> str:
    try:
        return urlsplit(f"//{host.decode('latin-1')}").hostname or ""
    except ValueError:
        return ""


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _alive(scope: dict[str, Any], send: Any) -> None:
    await _send_json(scope, send, 200, {"status": "alive"})


async def _ready(scope: dict[str, Any], send: Any) -> None:
    parts = await readiness.look()
    standing = readiness.standing_of(parts)
    body: dict[str, Any] = {
        "status": standing,
        "degraded": [part.name for part in parts if part.standing != "ok"],
        "parts": {part.name: part.why for part in parts},
    }
    if is_operator(scope):
        body["figures"] = {part.name: part.figures for part in parts if part.figures}
    await _send_json(scope, send, 503 if standing == "unavailable" else 200, body)


async def _figures(scope: dict[str, Any], send: Any) -> None:
    body = exposition(await workers.everybodys()).encode()
    await _send(send, 200, CONTENT_TYPE, b"" if scope["method"] == "HEAD" else body)


async def _stream(scope: dict[str, Any], send: Any) -> None:
    """First what arrived here of the request, then lines with pauses between them."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    arrived = {name: value for name, value in headers.items() if name in _TOLD}
    await send({"type": "http.response.start", "status": 200, "headers": _encoded("application/x-ndjson")})
    for number in range(probing.PIECES):
        line = {"piece": number, **({"arrived": arrived} if number == 0 else {})}
        await send({"type": "http.response.body", "body": json.dumps(line).encode() + b"\n", "more_body": True})
        await asyncio.sleep(probing.PAUSE)
    await send({"type": "http.response.body", "body": b""})


def _has_doctors_key(scope: dict[str, Any]) -> bool:
    given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("key", [""])[0]
    return probing.is_key(given)


async def _send_json(scope: dict[str, Any], send: Any, status: int, value: object) -> None:
    body = json.dumps(value).encode() + b"\n"
    more = {"Retry-After": "5"} if status == 503 else {}
    await _send(send, status, "application/json", b"" if scope["method"] == "HEAD" else body, **more)


async def _send(send: Any, status: int, kind: str, body: bytes, **headers: str) -> None:
    await send({"type": "http.response.start", "status": status, "headers": _encoded(kind, **headers)})
    await send({"type": "http.response.body", "body": body})


def _encoded(kind: str, **more: str) -> list[tuple[bytes, bytes]]:
    found = {**_HEADERS, "Content-Type": kind, **more}
    return [(name.lower().encode(), value.encode()) for name, value in found.items()]


def _to_all(_scope: dict[str, Any]) -> bool:
    return True


_ANSWERS = {
    "/healthz": _Answer(_alive, _to_all),
    "/readyz": _Answer(_ready, _to_all),
    "/metrics": _Answer(_figures, is_operator),
    probing.PATH: _Answer(_stream, _has_doctors_key),
}
