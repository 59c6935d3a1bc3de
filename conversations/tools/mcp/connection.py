"""The site's side of a worker: requests by number, each with its own end, whatever the server does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from conversations.tools.base import ToolError
from conversations.tools.mcp.server import RemoteTool, Server

_ROOT = Path(__file__).resolve().parents[3]
_LONGEST_LINE = 8 * 1024 * 1024
START_SECONDS = 60.0
"""For a server to start and to say what it is: some are downloaded first. A server's own limit is for its answers."""
_GRACE = 8.0
_KEPT_ERROR = 2000


class Connection:
    """One worker. It is started with the first request; after its end (`is_over`) another one is needed."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._process: asyncio.subprocess.Process | None = None
        self._starting: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._next = 0
        self._is_decided = asyncio.Event()
        """The server has started, or will not."""
        self._reason = ToolError("tool_died", "The tool’s server ended.")
        self.used_at = time.monotonic()
        self.is_over = False

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._waiting

    async def tools(self) -> list[RemoteTool]:
        """What the server offers. Raises ToolError."""
        answer = await self._ask({})
        return [RemoteTool(tool["name"], tool["description"], tool["parameters"]) for tool in answer["tools"]]

    async def call(self, name: str, arguments: Mapping[str, object]) -> str:
        """The result of a call as text. Raises ToolError; cancelling ends the call at the server too."""
        answer = await self._ask({"call": name, "arguments": dict(arguments)})
        text = str(answer["text"])
        if answer["length"] > len(text):
            text += f"\n[Cut here: {len(text)} of {answer['length']} characters.]"
        if answer["is_error"]:
            raise ToolError("tool_failed", text or "The tool reported an error without words.")
        return text

    async def aclose(self) -> None:
        """End the worker and, through it, the server."""
        self._end()
        if self._ending is not None:
            await self._ending

    async def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        self.used_at = time.monotonic()
        self._next += 1
        number = self._next
        answered: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answered
        try:
            async with self._limit("Not started", max(START_SECONDS, self._server.timeout)):
                await self._start()
            async with self._limit("No answer", self._server.timeout):
                await self._send({"id": number, **request})
                answer = await answered
        except OSError as error:
            self._end(ToolError("tool_died", f"The worker for the tool’s server did not start: {error}"))
            raise self._reason from None
        except asyncio.CancelledError:
            await asyncio.shield(asyncio.ensure_future(self._send({"cancel": number})))
            raise
        finally:
            self._waiting.pop(number, None)
            self.used_at = time.monotonic()
        if "error" in answer:
            raise ToolError("tool_failed", str(answer["error"]))
        return answer

    @contextlib.asynccontextmanager
    async def _limit(self, what: str, seconds: float) -> AsyncIterator[None]:
        """Who hangs once is not asked again; what else is under way ends with it. Raises ToolError."""
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError:
            reason = ToolError("tool_timeout", f"{what} within {seconds:g} seconds.")
            self._end(reason)
            raise reason from None

    async def _start(self) -> None:
        if self._starting is None:
            self._starting = asyncio.ensure_future(self._spawn())
        await asyncio.shield(self._starting)
        if self.is_over:
            raise self._reason

    async def _spawn(self) -> None:
        """Secrets go through the worker's standard input: everybody on the machine can read a command line."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "conversations.tools.mcp.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=_ROOT,
            env={name: value for name, value in os.environ.items() if name in _PASSED_ON},
            limit=_LONGEST_LINE,
            start_new_session=True,
        )
        self._reading = asyncio.ensure_future(self._read(self._process))
        if self.is_over:  # given up while it was started
            self._ending = asyncio.ensure_future(self._kill(self._process))
            return
        await self._send(self._server.as_json())
        await self._is_decided.wait()

    async def _send(self, message: Mapping[str, Any]) -> None:
        if self._process is None or self._process.stdin is None or self.is_over:
            return
        with contextlib.suppress(OSError):  # it is gone: `_read` tells those who wait
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            await self._process.stdin.drain()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        reason = ToolError("tool_died", "The tool’s server ended in the middle of its work.")
        assert process.stdout is not None
        try:
            while line := await process.stdout.readline():
                answer = json.loads(line)
                if answer.get("ready"):
                    self._is_decided.set()
                    continue
                if answer.get("flood"):
                    reason = ToolError("tool_flooded", "The tool’s server sent more than can be taken in.")
                    break
                if "gone" in answer:
                    words = answer["gone"][:_KEPT_ERROR]
                    reason = ToolError("tool_died", f"The tool’s server is gone: {words}") if words else reason
                    break
                if answer["id"] in self._waiting and not self._waiting[answer["id"]].done():
                    self._waiting[answer["id"]].set_result(answer)
        except ValueError:  # a line without an end, or not JSON
            reason = ToolError("tool_flooded", "The tool’s server sent more than can be taken in.")
        self._end(reason)

    def _end(self, reason: ToolError | None = None) -> None:
        """Nothing more is asked here; who waits is told why."""
        if self.is_over:
            return
        self.is_over = True
        self._is_decided.set()
        self._reason = reason or self._reason
        for answered in self._waiting.values():
            if not answered.done():
                answered.set_exception(self._reason)
                answered.exception()  # whoever gave up waiting does not read it
        if self._process is not None:
            self._ending = asyncio.ensure_future(self._kill(self._process))

    async def _kill(self, process: asyncio.subprocess.Process) -> None:
        """Ask it to end, which ends the server; then make it."""
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _GRACE)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


# What a worker, and a server that it starts, may know of the site's own environment: nothing that is secret.
_PASSED_ON = frozenset({"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "USER", "LOGNAME", "SHELL", "TERM", "TZ"})
