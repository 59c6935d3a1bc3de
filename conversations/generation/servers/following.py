"""Keeps the registry in step with the database, and the tabs in step with the registry."""

from __future__ import annotations

import asyncio
import logging

from django.db import DatabaseError

from conversations.backends.registry import BackendState, Registry
from conversations.generation.servers.listing import backend_events, gone_event
from conversations.generation.servers.specs import read_specs
from conversations.live.broadcasts import SITE, Hub
from conversations.live.protocol.events import BackendChanged
from conversations.tasks import read

log = logging.getLogger(__name__)

SIGNAL = "backends"
LOOK_SECONDS = 30.0
"""A change is signalled to every process; should a signal be lost, the next look finds it."""


class Follower:
    """One per process and loop."""

    def __init__(self, registry: Registry, hub: Hub, *, look: float = LOOK_SECONDS) -> None:
        self._registry = registry
        self._hub = hub
        self._look = look
        self._told: dict[str, BackendChanged] = {}
        self._changed = asyncio.Event()
        self._is_loaded = asyncio.Event()

    async def loaded(self) -> None:
        """Wait until the database has been asked for the first time, whether it answered or not."""
        await self._is_loaded.wait()

    def give_up(self) -> None:
        """Let those go who wait for the first answer; there will be none."""
        self._is_loaded.set()

    def wake(self) -> None:
        """The rows have changed: read them again now."""
        self._changed.set()

    async def run(self) -> None:
        """Read the rows whenever they change, and now and then. Runs until it is cancelled."""
        while True:
            self._changed.clear()
            await self._load()
            try:
                async with asyncio.timeout(self._look):
                    await self._changed.wait()
            except TimeoutError:
                pass

    async def tell(self, state: BackendState | None = None) -> None:
        """Tell every tab what it does not know yet; one backend's news may change what another one's list shows."""
        for event in backend_events(self._registry):
            if self._told.get(event.name) != event:
                self._told[event.name] = event
                await self._hub.publish(SITE, event)

    async def _load(self) -> None:
        try:
            gone = self._registry.reload(await read(read_specs))
        except DatabaseError:  # what was known goes on; the next look is as good
            log.exception("the servers could not be read")
            return
        finally:
            self._is_loaded.set()
        for name in gone:
            self._told.pop(name, None)
            await self._hub.publish(SITE, gone_event(name))
        await self.tell()
