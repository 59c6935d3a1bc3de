"""One connection of the test upstream: bytes in, calls out, and every way there is to answer badly."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from http import HTTPStatus
from typing import TYPE_CHECKING

from tests.upstream.library import LIBRARY, answer_library
from tests.upstream.openai import answer_openai
from tests.upstream.plans import Call
from tests.upstream.routes import answer_chat, answer_json

if TYPE_CHECKING:
    from tests.upstream.server import Upstream


class Gone(Exception):
    """The client has closed the connection."""


class Connection(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, written by hand so that every byte can be wrong on purpose."""

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        self._buffer = bytearray()
        self._task: asyncio.Task[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._changed = asyncio.Event()
        self._is_gone = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.upstream.connections.add(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._advance()

    def connection_lost(self, error: Exception | None) -> None:
        self._is_gone = True
        self.upstream.connections.discard(self)
        self._writable.set()
        self.nudge()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def nudge(self) -> None:
        """Look again: something was released, or the client has gone."""
        self._changed.set()

    def abort(self) -> None:
        """End with a TCP reset instead of a FIN, unless the client was first."""
        if self._is_gone:
            return
        linger = struct.pack("ii", 1, 0)
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._transport.abort()

    def close(self) -> None:
        """End with a FIN after what was written."""
        self._transport.close()

    async def send(self, data: bytes) -> None:
        """Write, no faster than the client reads. Raises Gone."""
        if self._is_gone:
            raise Gone
        self._transport.write(data)
        if not self._writable.is_set():
            await self._writable.wait()

    async def pause(self, seconds: float) -> None:
        """Let time pass. Raises Gone as soon as the client has left."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while not self._is_gone and (left := until - loop.time()) > 0:
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), left)
            except TimeoutError:
                return
        if self._is_gone:
            raise Gone

    async def hold(self, call: Call | None = None) -> None:
        """Wait for `Upstream.release()`, or without a call for ever. Raises Gone."""
        while not self._is_gone and not (call and call.released.is_set()):
            self._changed.clear()
            await self._changed.wait()
        if self._is_gone:
            raise Gone

    async def send_head(self, status: int, headers: dict[str, str]) -> None:
        """Status line and headers. Raises Gone."""
        phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"
        lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        await self.send("\r\n".join(lines).encode("latin-1"))

    async def send_json(self, status: int, value: object) -> None:
        """A short answer. Raises Gone."""
        body = json.dumps(value).encode()
        await self.send_head(status, {"Content-Type": "application/json", "Content-Length": str(len(body))})
        await self.send(body)

    def _advance(self) -> None:
        if self._task is None and (call := self._next_call()) is not None:
            self._task = asyncio.get_running_loop().create_task(self._answer(call))
            self._task.add_done_callback(self._answered)

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled():
            if task.exception() is not None:
                self.abort()  # a fault of ours must not look like a server that says nothing
            task.result()
            self._advance()

    def _next_call(self) -> Call | None:
        head, separator, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        if not separator:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            return None
        self._buffer = bytearray(rest[length:])
        method, path, _ = first.split(" ", 2)
        return Call(method, path, headers, rest[:length])

    async def _answer(self, call: Call) -> None:
        self.upstream.calls.append(call)
        self.upstream.notify()
        try:
            if call.path == "/api/chat":
                await answer_chat(self, call)
            elif call.path in LIBRARY:
                await answer_library(self, call)
            elif call.path.startswith("/v1/"):
                await answer_openai(self, call)
            else:
                await answer_json(self, call)
            call.fate = "answered"
        except Gone:
            call.fate = "closed"
        finally:
            call.ended_at = asyncio.get_running_loop().time()
            self.upstream.notify()
