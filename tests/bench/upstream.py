"""A model server that keeps an exact cadence: each token is the time of its sending.

Times are µs of the machine's monotonic clock. It speaks as much of Ollama's protocol as the benchmark needs and does
nothing else, so that it is not what is measured.
A prompt `bench rate=50 count=500 start=0` orders the answer (see `order`).
"""

from __future__ import annotations

import asyncio
import gc
import json
import re
import socket
import time
from typing import Any

MODEL = "bench:latest"
CONTEXT = 512
_ORDER = re.compile(r"bench rate=(\d+) count=(\d+) start=(\d+)$")
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
_BEFORE = (
    b'{"model":"bench:latest","created_at":"2026-11-21T09:12:44.123456789Z","message":{"role":"assistant","content":"'
)
_AFTER = b' "},"done":false}\n'
_DONE = (
    b'{"model":"bench:latest","created_at":"2026-11-21T09:12:44.123456789Z","message":{"role":"assistant","content":""},'
    b'"done":true,"done_reason":"stop","total_duration":2000000,"load_duration":1000000,"prompt_eval_count":26,'
    b'"prompt_eval_duration":500000,"eval_count":%d,"eval_duration":1000000}\n'
)
_BATCH = 64
_JSON: dict[str, dict[str, Any]] = {
    "/bench/asked": {"asked": 0},
    "/api/version": {"version": "0.33.0"},
    "/api/tags": {
        "models": [
            {
                "name": MODEL,
                "model": MODEL,
                "size": 1,
                "digest": "0" * 64,
                "details": {"family": "bench", "context_length": CONTEXT},
                "capabilities": ["completion"],
            }
        ]
    },
    "/api/ps": {"models": [{"name": MODEL, "model": MODEL, "size_vram": 1}]},
    "/api/show": {"capabilities": ["completion"], "model_info": {}},
}


def order(rate: int, count: int, start: int = 0) -> str:
    """The prompt for `count` tokens, `rate` a second (0: as fast as they are taken), from `start` on (0: at once)."""
    return f"bench rate={rate} count={count} start={start}"


class Connection(asyncio.Protocol):
    """One keep-alive connection with one answer at a time."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._buffer = b""
        self._timer: asyncio.TimerHandle | None = None
        self._is_paused = False
        self._is_fast = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, error: Exception | None) -> None:
        self._is_fast = False
        if self._timer is not None:
            self._timer.cancel()

    def pause_writing(self) -> None:
        self._is_paused = True

    def resume_writing(self) -> None:
        self._is_paused = False
        if self._is_fast:
            self._send_fast()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        size = int(length[1]) if length else 0
        if not found or len(rest) < size:
            return
        self._buffer = rest[size:]
        path = head.split(b" ", 2)[1].decode()
        if path == "/api/chat":
            _JSON["/bench/asked"]["asked"] += 1
            self._answer(json.loads(rest[:size])["messages"][-1]["content"])
        else:
            body = json.dumps(_JSON.get(path, {})).encode()
            kind = b"Content-Type: application/json\r\n"
            self._transport.write(b"HTTP/1.1 200 OK\r\n%bContent-Length: %d\r\n\r\n%b" % (kind, len(body), body))

    def _answer(self, prompt: str) -> None:
        ordered = _ORDER.match(prompt)
        self._rate, self._count, start = map(int, ordered.groups()) if ordered else (0, 3, 0)
        self._sent = 0
        self._start = start / 1e6 or self._loop.time()
        if self._rate:
            self._timer = self._loop.call_at(self._start, self._send_due)
        else:
            self._is_fast = True
            self._send_fast()

    def _send_due(self) -> None:
        due = min(self._count, int((self._loop.time() - self._start) * self._rate + 1e-6) + 1)
        self._write(due - self._sent)
        if self._sent < self._count:
            self._timer = self._loop.call_at(self._start + self._sent / self._rate, self._send_due)

    def _send_fast(self) -> None:
        if self._is_fast and not self._is_paused:
            self._write(min(_BATCH, self._count - self._sent))
            self._is_fast = self._sent < self._count
            if self._is_fast:
                self._loop.call_soon(self._send_fast)

    def _write(self, number: int) -> None:
        line = _BEFORE + b"%d" % (time.monotonic_ns() // 1000) + _AFTER
        block = b"%x\r\n%b\r\n" % (len(line), line) * number
        if self._sent == 0:
            block = _HEAD + block
        self._sent += number
        if self._sent == self._count:
            done = _DONE % self._count
            block += b"%x\r\n%b\r\n0\r\n\r\n" % (len(done), done)
        self._transport.write(block)


async def serve() -> None:
    """Listen on a free port, print it, and answer for ever."""
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    gc.freeze()
    asyncio.run(serve())
