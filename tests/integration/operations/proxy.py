"""A small real proxy in front of a site, which can do what misconfigured ones do."""

from __future__ import annotations

import asyncio
import re
import ssl
import threading
from contextlib import suppress
from typing import Any, Literal

Habit = Literal["none", "buffers", "drops_upgrade", "own_host"]


class Proxy:
    """Speaks HTTP/1.1, a connection for each request. `habit` is what it does wrong."""

    def __init__(self, target: str, habit: Habit = "none", tls: ssl.SSLContext | None = None) -> None:
        host, _, port = target.rpartition(":")
        self._target = host.removeprefix("http://"), int(port)
        self._habit, self._tls = habit, tls
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self.address = ""

    def __enter__(self) -> Proxy:
        self._thread.start()
        opening = asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self._server = asyncio.run_coroutine_threadsafe(opening, self._loop).result(20)
        port = self._server.sockets[0].getsockname()[1]
        self.address = f"http{'s' if self._tls else ''}://localhost:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)
        self._loop.close()

    async def _end(self) -> None:
        assert self._server
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = self._changed(await reader.readuntil(b"\r\n\r\n"))
            back_reader, back = await asyncio.open_connection(*self._target)
            back.write(head)
            ways = [asyncio.create_task(_pipe(reader, back))]
            if self._habit == "buffers" and b"upgrade:" not in head.lower():
                writer.write(await back_reader.read())
            else:
                await _pipe(back_reader, writer)
            ways[0].cancel()
            await writer.drain()
            back.close()
        writer.close()

    def _changed(self, head: bytes) -> bytes:
        is_upgrade = b"upgrade: websocket" in head.lower()
        if is_upgrade and self._habit == "drops_upgrade":
            head, is_upgrade = re.sub(rb"(?i)\r\nupgrade:[^\r]*", b"", head), False
        if self._habit == "own_host":
            head = re.sub(
                rb"(?i)\r\nhost:[^\r]*", b"\r\nHost: %s:%d" % (self._target[0].encode(), self._target[1]), head
            )
        if not is_upgrade:
            head = re.sub(rb"(?i)\r\nconnection:[^\r]*", b"", head)[:-2] + b"Connection: close\r\n\r\n"
        return head


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Any:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
