"""The lean clients: a tab's WebSocket, and the bare HTTP stream that is the floor.

Both only note when bytes came; what was in them is worked out afterwards, off the clock. Times are ns of the
machine's monotonic clock, which all processes share.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.bench.upstream import MODEL

ACK_EVERY, ACK_LENGTH = 64, 65_536  # as the page does
PATIENCE = 60.0
_EVENT = b'{"type":'
_DELTA = _EVENT + b'"reply.delta"'
_CONTENT = re.compile(rb'"content":"(\d+) "')


@dataclass(slots=True)
class Heard:
    """One reply: when it was asked for, acknowledged and over, and what came when."""

    asked: int = 0
    acknowledged: int = 0
    finished: int = 0
    state: str = ""
    id: int = 0
    size: int = 0
    chunks: list[tuple[int, bytes]] = field(default_factory=list)

    def tokens(self) -> list[tuple[int, int]]:
        """The tokens as (sent, arrived)."""
        found: list[tuple[int, int]] = []
        rest, have = b"", 0
        for arrived, chunk in self.chunks:  # a token may be cut in two
            if chunk.startswith(_EVENT):
                at, new = _text_of(chunk)
                if at > have:
                    continue  # a gap, which the state that follows fills
                text, end, have = rest + new[have - at :], b" ", max(have, at + len(new))
            else:
                text, end = rest + chunk, b"\n"
            cut = text.rfind(end) + 1
            text, rest = text[:cut], text[cut:]
            sent = text.split() if end == b" " else _CONTENT.findall(text)
            found.extend((int(each) * 1000, arrived) for each in sent)
        return found

    def end(self) -> int:
        """The offset up to which the last event with text goes."""
        at, text = _text_of(self.chunks[-1][1]) if self.chunks else (0, b"")
        return at + len(text)

    @property
    def to_first(self) -> float:
        """Milliseconds from the asking to the first token."""
        return (self.chunks[0][0] - self.asked) / 1e6 if self.chunks else float("inf")


def _text_of(frame: bytes) -> tuple[int, bytes]:
    """Where the text of an event starts, and the text, which is ASCII here."""
    event = json.loads(frame)
    if event["type"] == "reply.delta":
        return event["at"], event["text"].encode()
    if event["type"] == "opened":
        event = event["running"][0]
    return event["content_at"], event["content"].encode()


class Direct(asyncio.Protocol):
    """`POST /api/chat` straight at the upstream over one connection."""

    def __init__(self) -> None:
        self._heard = Heard()
        self._over: asyncio.Future[None] | None = None

    @classmethod
    async def connect(cls, port: int) -> Direct:
        """A connection to the upstream on this machine."""
        _transport, protocol = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        self._heard.chunks.append((now, data))
        if data.endswith(b"\r\n0\r\n\r\n") and self._over is not None and not self._over.done():
            self._heard.finished = now
            self._heard.state = "complete"
            self._over.set_result(None)

    def ask(self, text: str) -> Heard:
        """Send a question; `done` waits for the end."""
        value = {"model": MODEL, "messages": [{"role": "user", "content": text}], "stream": True}
        body = json.dumps(value).encode()
        self._heard = heard = Heard(time.monotonic_ns())
        self._over = asyncio.get_running_loop().create_future()
        self._transport.write(
            b"POST /api/chat HTTP/1.1\r\nHost: bench\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )
        return heard

    async def done(self) -> None:
        """Wait for the end of the answer."""
        assert self._over is not None
        await asyncio.wait_for(self._over, PATIENCE)

    def close(self) -> None:
        """Hang up."""
        self._transport.close()


class Tab(asyncio.Protocol):
    """A signed-in tab's socket with one conversation open and one reply at a time."""

    def __init__(self, cookie: str, port: int) -> None:
        self.errors: list[dict[str, Any]] = []
        self.conversation = ""
        self.leaf: int | None = None
        self.received = 0
        self.frames = self.acked = self.unacked = 0
        self._cookie, self._port = cookie, port
        self._buffer = b""
        self._is_open = False
        self._heard = Heard()
        self._welcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @classmethod
    async def connect(cls, cookie: str, port: int) -> Tab:
        """A tab of the session's user, after its `welcome`."""
        loop = asyncio.get_running_loop()
        _transport, tab = await loop.create_connection(lambda: cls(cookie, port), "127.0.0.1", port)
        await asyncio.wait_for(tab._welcome, PATIENCE)
        return tab

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        host = f"127.0.0.1:{self._port}"
        transport.write(
            f"GET /ws/ HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {self._cookie}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\n\r\n".encode()
        )

    def connection_lost(self, error: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(None)
        for future in (self._welcome, self._over):
            if not future.done():
                future.set_exception(ConnectionError("the server closed the socket"))
                future.exception()  # nobody need wait for it

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        self.received += len(data)
        self._buffer = self._buffer + data if self._buffer else data
        if not self._is_open:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head:
                self._welcome.set_exception(ConnectionError(head.decode("latin-1")))
                return
            self._is_open, self._buffer = True, rest
        self._take_frames(now)

    def open(self, conversation: str, leaf: int | None = None) -> None:
        """Show a conversation whose path ends at `leaf`."""
        self.conversation, self.leaf = conversation, leaf
        self.send({"type": "open", "conversation": conversation})

    def open_new(self) -> None:
        """Show a conversation that does not exist yet."""
        self.open(str(uuid.uuid4()))

    def ask(self, text: str) -> Heard:
        """Ask below the leaf; `done` waits for the end."""
        self._heard = heard = Heard(time.monotonic_ns())
        self._over = asyncio.get_running_loop().create_future()
        model = {"backend": "ollama", "name": MODEL}
        ask = {"client_id": str(uuid.uuid4()), "conversation": self.conversation, "parent": self.leaf, "text": text}
        self.send({"type": "ask", **ask, "model": model})
        return heard

    async def done(self) -> None:
        """Wait for `reply.finished`. Raises RuntimeError for an error frame."""
        await asyncio.wait_for(self._over, PATIENCE)

    def send(self, command: dict[str, Any]) -> None:
        """A text frame, masked with zeros."""
        payload = json.dumps(command).encode()
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
        self._transport.write(b"\x81" + length + b"\0\0\0\0" + payload)

    def close(self) -> None:
        """Close the tab."""
        self._welcome.cancel()
        self._over.cancel()
        self._transport.close()

    def _take_frames(self, now: int) -> None:
        buffer, at = self._buffer, 0
        while len(buffer) - at >= 2:
            size, begin = buffer[at + 1], at + 2
            if size == 126:
                begin, size = at + 4, int.from_bytes(buffer[at + 2 : at + 4], "big")
            elif size == 127:
                begin, size = at + 10, int.from_bytes(buffer[at + 2 : at + 10], "big")
            if len(buffer) < begin + size:
                break
            if buffer[at] == 0x81:
                self._take(now, buffer[begin : begin + size])
            at = begin + size
        self._buffer = buffer[at:]

    def _take(self, now: int, payload: bytes) -> None:
        self.frames += 1
        self.unacked += len(payload)
        if self.frames - self.acked >= ACK_EVERY or self.unacked >= ACK_LENGTH:
            self.acked, self.unacked = self.frames, 0
            self.send({"type": "ack", "frames": self.frames})
        heard = self._heard
        heard.size += len(payload)
        if payload.startswith(_DELTA):
            heard.chunks.append((now, payload))
            return
        event = json.loads(payload)
        match event["type"]:
            case "welcome":
                self._welcome.set_result(None)
            case "asked" if not heard.acknowledged:
                heard.acknowledged = now
                heard.id = self.leaf = event["messages"][-1]["id"]
            case "error":
                self.errors.append(event)
                if not self._over.done():
                    self._over.set_exception(RuntimeError(event["code"]))
            case "opened" | "reply.text" | "reply.finished":
                self._take_state(now, payload, event)

    def _take_state(self, now: int, payload: bytes, event: dict[str, Any]) -> None:
        """A tab that was too slow is given what it missed, in the middle or after the end."""
        heard = self._heard
        if event["type"] == "reply.finished":
            heard.finished, heard.state = now, event["state"]
            if is_short := heard.end() < event["content_length"]:
                self.send({"type": "resume", "reply": heard.id})
        else:
            is_short = not heard.finished
            if event.get("running", True):
                heard.chunks.append((now, payload))
        if not is_short and not self._over.done():
            self._over.set_result(None)
