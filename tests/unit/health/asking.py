"""Requests to an ASGI application without a server between."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from chatsite.health.doors import HealthDoors

HERE, ELSEWHERE = "127.0.0.1", "203.0.113.9"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    pieces: int

    @property
    def value(self) -> Any:
        return json.loads(self.body)


async def site(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """What lies behind the doors: a site that has nothing."""
    await send({"type": "http.response.start", "status": 404, "headers": [(b"x-from", b"site")]})
    await send({"type": "http.response.body", "body": b"nothing"})


async def ask(
    path: str, *, method: str = "GET", peer: str = HERE, app: Any = None, scope: Any = None, **headers: str
) -> Answer:
    """Ask, from `peer`; names of headers with _ for -."""
    path, _, query = path.partition("?")
    given = {"host": "localhost:8000", **{name.replace("_", "-"): value for name, value in headers.items()}}
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    whole = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "client": (peer, 1),
        "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
        **(scope or {}),
    }
    await (app or HealthDoors(site))(whole, receive, send)
    start, *bodies = sent
    found = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start.get("status", 101), found, b"".join(each["body"] for each in bodies), len(bodies))
