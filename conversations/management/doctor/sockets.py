"""Whether a WebSocket comes through: the handshake as a browser makes it, and a frame back."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Iterator

import httpx

from conversations.management.doctor.findings import Finding, fault, well

PATH = "/ws/"
_SECONDS = 5.0
_CLOSE = 0x88
"""First byte of a close frame (RFC 6455 §5.2): what somebody who is not signed in is told."""
_UPGRADE = "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;"


def of_sockets(client: httpx.Client, origin: str) -> Iterator[Finding]:
    """Ask for a socket from the page `origin`. Raises httpx.HTTPError."""
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(secrets.token_bytes(16)).decode(),
        "Origin": origin,
    }
    with client.stream("GET", PATH, headers=headers) as answer:
        if answer.status_code == 101:
            yield _of_frames(answer)
        elif answer.status_code == 403:
            says = "The site refuses sockets from its own page: it takes itself for another address."
            change = (
                "Let the proxy pass Host and X-Forwarded-Proto on as they came, and set HTTPS=1 where it speaks HTTPS."
            )
            yield fault("websocket", says, change)
        else:
            says = f"Sockets do not come through (HTTP {answer.status_code}): chats would not be live."
            yield fault("websocket", says, f"Let the proxy pass Upgrade on for {PATH} (nginx: {_UPGRADE})")


def _of_frames(answer: httpx.Response) -> Finding:
    stream = answer.extensions["network_stream"]
    began = time.monotonic()
    try:
        first = stream.read(2, timeout=_SECONDS)
    except (httpx.HTTPError, OSError):
        first = b""
    if first[:1] == bytes((_CLOSE,)):
        milliseconds = round((time.monotonic() - began) * 1000)
        return well("websocket", f"Sockets come through; the first frame took {milliseconds} ms.")
    says = f"A socket opens, and within {_SECONDS:.0f} s no frame comes through it."
    return fault("websocket", says, f"Look at what the proxy does with {PATH} (nginx: {_UPGRADE})")
