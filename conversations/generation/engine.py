"""What one process runs beside its handlers: started with the first connection, drained before it stops."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from conversations.backends.registry import Registry
from conversations.exports.background.worker import worker as exports
from conversations.generation.fairness import quotas
from conversations.generation.runner import Runner
from conversations.generation.servers.following import SIGNAL, Follower
from conversations.generation.servers.listing import backend_events
from conversations.generation.sweeper import keep_sweeping
from conversations.keeping import temporary
from conversations.keeping.worker import keep_purging as keep_purging_conversations
from conversations.library.jobs import Jobs
from conversations.live.broadcasts import Hub, hub
from conversations.live.protocol.events import BackendChanged
from conversations.tasks import spawn
from conversations.uploads.cleaning import keep_purging

log = logging.getLogger(__name__)


class Engine:
    """The registry of backends, the runner of replies and the tasks around them."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.registry = Registry(settings.BACKENDS)  # until the database was asked
        self.runner = Runner(self.registry, hub)
        self.jobs = Jobs(self.registry, hub)
        self._tasks: list[asyncio.Task[object]] = []
        self.is_drained = False
        self._follower: Follower | None = None

    @property
    def is_running(self) -> bool:
        """Whether `start` was called in this process, and `drain` was not."""
        return bool(self._tasks)

    def start(self) -> None:
        """Begin, on the running loop; harmless when it has begun."""
        if self._tasks:
            return
        follower = self._follower = Follower(self.registry, self.hub)
        self.hub.on_signal(SIGNAL, lambda values: follower.wake())
        self.hub.on_signal("stop", self._stop_for_other)
        self.hub.on_signal("approve", self._approve_for_other)
        self.hub.on_signal("resume", self._resend_for_other)
        self.hub.on_signal(quotas.SIGNAL, lambda values: quotas.known.forget())
        work = {
            "hub": self.hub.start,
            "pump": self.runner.pump.run,
            "checkpoints": self.runner.keep_checkpoints,
            "sweeper": lambda: keep_sweeping(self.hub, self.runner.find),
            "uploads": keep_purging,
            "purge": keep_purging_conversations,
            "temporary": lambda: temporary.keep_tidy(self.hub, self.runner.stop),
            "exports": exports.run,
            "servers": follower.run,
            "backends": lambda: self.registry.watch(follower.tell),
        }
        self._tasks = [spawn(_keep(name, start), name) for name, start in work.items()]

    async def drain(self) -> None:
        """Store every running reply and job, then let the backends' connections go."""
        self.is_drained = True
        exports.drain()
        if self._follower is not None:
            self._follower.give_up()
        await asyncio.gather(self.runner.drain(), self.jobs.drain())
        await self.runner.rounds.pool.aclose()
        for task in self._tasks:
            task.cancel()
        self._tasks = []
        await self.hub.stop()
        await self.registry.aclose()

    async def let_go(self, replies: tuple[int, ...]) -> None:
        """End these, which are stopped in the database, whichever process writes them."""
        for reply in replies:
            if not self.runner.stop(reply):
                await self.hub.call("stop", reply=reply, shown=None)

    def stop_soon(self, reply: int) -> None:
        """Let go of a reply, whichever process writes it, from a thread."""
        self.hub.call_soon("stop", reply=reply, shown=None)

    def backend_events(self) -> list[BackendChanged]:
        """How all backends stand."""
        return backend_events(self.registry)

    async def ready(self) -> None:
        """Wait until it is known which backends are set up. Call it after `start`."""
        if self._follower is not None:
            await self._follower.loaded()

    def _stop_for_other(self, values: dict[str, Any]) -> None:
        self.runner.stop(values["reply"], values["shown"])

    def _approve_for_other(self, values: dict[str, Any]) -> None:
        self.runner.rounds.approvals.decide(values["message"], values["decision"])

    def _resend_for_other(self, values: dict[str, Any]) -> None:
        live = self.runner.find(values["reply"])
        if live is not None:
            text = live.as_text(values["content_at"], values["thinking_at"])
            spawn(self.hub.publish(live.topic, text), "resend")


async def _keep(name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run what should run for ever, and begin again when the database or the network failed it."""
    while True:
        try:
            return await work()
        except (DatabaseError, OSError):
            log.exception("%s begins again", name)
            await asyncio.sleep(1)


engine = Engine(hub)
