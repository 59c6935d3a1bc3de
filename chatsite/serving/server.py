"""Serves an ASGI application with daphne in this process, and tells it of start and end, which daphne does not."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from daphne.http_protocol import WebRequest
from daphne.server import Server
from twisted.internet import reactor as installed

from chatsite.serving.bodies import make_requests
from chatsite.serving.ending import LONGEST_SECONDS, THREAD_SECONDS, end_by_force, settle
from chatsite.serving.extensions import SEND_TEXT
from chatsite.serving.pacing import PacedRequest
from chatsite.serving.sockets import DirectConnection, DirectSocket
from chatsite.serving.watchdog import Watchdog

reactor: Any = installed  # asyncio's: daphne's import has seen to it
# A thread at the database keeps the loop from the interpreter a tenth of Python's default.
SWITCH_SECONDS = 0.0005
SIGNALS = (signal.SIGINT, signal.SIGTERM)
_TASK = "application_instance"


def listen(host: str, port: int) -> socket.socket:
    """The listening socket; port 0 takes a free one. Raises OSError when the address is taken or is not ours."""
    family, _kind, _protocol, _name, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.create_server(address[:2], family=family, backlog=1024)
    # Inherited by what it accepts: Twisted leaves Nagle's algorithm on, which holds a token back for 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def address_of(listener: socket.socket) -> str:
    """Where a browser on this machine finds it."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(
    application: Any,
    listener: socket.socket,
    ready: Callable[[], None],
    stopping: Callable[[], None],
    lifeline: int | None = None,
) -> None:
    """Answer requests until SIGINT or SIGTERM, or until the pipe `lifeline` closes; let the application drain, return.

    A second signal ends the process at once, with status 1.
    """
    _Service(application, listener, ready, stopping, lifeline).run()


class _Service:
    def __init__(
        self,
        application: Any,
        listener: socket.socket,
        ready: Callable[[], None],
        stopping: Callable[[], None],
        lifeline: int | None,
    ) -> None:
        self._listener, self._lifeline = listener, lifeline
        self._ready, self._stopping = ready, stopping
        self._lifespan = Lifespan(application)
        self._server = PacedServer(application, endpoints=["below"], signal_handlers=False, server_name="chatsite")
        self._server.endpoints = []  # daphne insists on some, but can only open sockets of its own
        self._port: Any = None
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self) -> None:
        sys.setswitchinterval(SWITCH_SECONDS)
        self._listener.setblocking(False)
        reactor.callWhenRunning(lambda: self._start(self._begin()))
        self._server.run()
        end_by_force(THREAD_SECONDS, 0)

    async def _begin(self) -> None:
        await self._lifespan.tell("startup")
        make_requests(self._server.http_factory, PacedRequest)
        self._port = reactor.adoptStreamPort(self._listener.fileno(), self._listener.family, self._server.http_factory)
        self._port.transport, self._server.ws_factory.protocol = DirectConnection, DirectSocket
        _on_signal(lambda: reactor.callFromThread(self._start, self._end()))
        if self._lifeline is not None:
            asyncio.get_running_loop().add_reader(self._lifeline, self._hang_up, self._lifeline)
        Watchdog(asyncio.get_running_loop()).start()
        self._ready()

    def _hang_up(self, lifeline: int) -> None:
        asyncio.get_running_loop().remove_reader(lifeline)
        self._start(self._end())

    async def _end(self) -> None:
        end_by_force(LONGEST_SECONDS, 1)
        self._stopping()
        self._port.stopListening()
        await self._lifespan.tell("shutdown")
        connections = self._server.connections.items()
        running = [(each, known[_TASK]) for each, known in connections if _TASK in known]
        requests = [task for protocol, task in running if isinstance(protocol, WebRequest)]
        await settle(requests, [task for _protocol, task in running])
        reactor.stop()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.add(asyncio.ensure_future(work))


class PacedServer(Server):  # type: ignore[misc]  # daphne has no types
    """`send` returns when the next piece is wanted (ASGI specification, HTTP: Response Body)."""

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """Serve one connection; a socket's application is told a shorter way for text than `send`."""
        if isinstance(protocol, DirectSocket):
            scope.setdefault("extensions", {})[SEND_TEXT] = protocol.serverSend
        return super().create_application(protocol, scope)

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """A message of the application's."""
        await super().handle_reply(protocol, message)
        if isinstance(protocol, PacedRequest) and message.get("more_body"):
            await protocol.pace.wait()


class Lifespan:
    """The server's side of ASGI's lifespan protocol (ASGI specification, Lifespan 2.0)."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._answered: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._running: asyncio.Future[None] | None = None

    async def tell(self, what: str) -> None:
        """Tell the application of its startup or shutdown, and wait for its answer or its end."""
        if self._running is None:
            scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}
            self._running = asyncio.ensure_future(self._application(scope, self._told.get, self._answered.put))
        self._told.put_nowait({"type": f"lifespan.{what}"})
        answer = asyncio.ensure_future(self._answered.get())
        await asyncio.wait([answer, self._running], return_when=asyncio.FIRST_COMPLETED)
        answer.cancel()
        if what == "shutdown":
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)


def _on_signal(act: Callable[[], None]) -> None:
    def first(*_: object) -> None:
        for number in SIGNALS:
            signal.signal(number, lambda *_: os._exit(1))
        act()

    for number in SIGNALS:
        signal.signal(number, first)
