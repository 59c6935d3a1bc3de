"""Starts the engine with the first connection of a process, and drains it before the process stops."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from chatsite.health import workers
from conversations.generation.engine import engine
from conversations.keeping.rules import SIGNAL
from conversations.live import consumers, rules
from conversations.live.broadcasts import REFRESH, hub

Application = Callable[..., Awaitable[None]]
_GRACE = 0.2


class Lifecycle:
    """An ASGI application around another, which also answers the lifespan protocol (ASGI spec, Lifespan 2.0)."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._is_installed = False
        hub.on_signal(REFRESH, lambda values: consumers.refreshing.begin())
        hub.on_signal(SIGNAL, lambda values: rules.tell_all())

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if not (engine.is_running or engine.is_drained):  # a request in the last moment begins nothing
            engine.start()
            self._install_drain()
            await workers.listen()
        await engine.ready()
        await self._application(scope, receive, send)

    async def _lifespan(self, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                engine.start()
                await workers.listen()
            else:
                await drain()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    def _install_drain(self) -> None:
        """Under Twisted's reactor (daphne): it waits for the Deferred before it stops."""
        reactor = sys.modules.get("twisted.internet.reactor")
        defer = sys.modules.get("twisted.internet.defer")
        if reactor is not None and defer is not None and getattr(reactor, "running", False) and not self._is_installed:
            self._is_installed = True
            reactor.addSystemEventTrigger(
                "before", "shutdown", lambda: defer.Deferred.fromFuture(asyncio.ensure_future(drain()))
            )


async def drain() -> None:
    """Store what is being written, tell every tab, and let the frames leave."""
    await engine.drain()
    workers.leave()
    await consumers.close_all()
    await asyncio.sleep(_GRACE)
