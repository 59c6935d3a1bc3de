"""A page's socket: it connects, notices silence, comes back by itself and hands out events, as `live.js` does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import WebSocketException

from tests.headless.person import Event, Person
from tests.tab import socket_of

ACK_EVERY = 16
AWAY = (OSError, TimeoutError, WebSocketException, httpx.HTTPError)


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: between heartbeats, until silence counts as a lost connection, and before the next try (half to all)."""

    beat: float = 10.0
    silence: float = 20.0
    again: float = 1.5


STEADY = Pace()


class Line:
    """`take` is handed every event. While it `is_away`, there is no way to the server."""

    def __init__(self, person: Person, chance: Random, pace: Pace, take: Callable[[Event], None]) -> None:
        self.is_away = False
        self.is_welcome = False
        self.connections = 0
        self.closes: list[int | None] = []
        self._person, self._chance, self._pace, self._take = person, chance, pace, take
        self._socket: ClientConnection | None = None
        self._frames = 0
        self._heard = 0.0
        self._calling: asyncio.Task[object] | None = None
        self._writing: set[asyncio.Task[object]] = set()

    @property
    def is_calling(self) -> bool:
        """Whether it is connected, or tries to be."""
        return self._calling is not None

    def call(self) -> None:
        """Connect, and keep connected, until `hang_up`."""
        if self._calling is not None:
            self._calling.cancel()
        self._calling = asyncio.create_task(self._keep_calling())

    async def hang_up(self) -> None:
        """The page is left."""
        self.is_welcome = False
        if self._calling is not None:
            self._calling.cancel()
            await asyncio.wait([self._calling])
            self._calling = None

    def cut(self) -> None:
        """The connection breaks; it comes back by itself."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def doze(self, seconds: float) -> None:
        """Read nothing for a while, as a laptop whose lid is down: what comes stays with the network."""
        if self._socket is not None:
            transport = self._socket.transport
            transport.pause_reading()
            await asyncio.sleep(seconds)
            transport.resume_reading()

    def send(self, **command: Any) -> bool:
        """Whether the command went out; nothing is kept for later."""
        if not self.is_welcome or self._socket is None or self._socket.close_code is not None:
            return False
        task: asyncio.Task[object] = asyncio.create_task(self._write(self._socket, json.dumps(command, default=str)))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        return True

    async def _write(self, socket: ClientConnection, frame: str) -> None:
        with suppress(*AWAY):
            await socket.send(frame)

    async def _keep_calling(self) -> None:
        while True:
            if not self.is_away:
                with suppress(*AWAY):
                    async with socket_of(self._person.client()) as self._socket:
                        await self._listen(self._socket)
                if self._socket is not None:
                    self.closes.append(self._socket.close_code)
            self.is_welcome, self._socket = False, None
            await asyncio.sleep(self._pace.again * self._chance.uniform(0.5, 1))

    async def _listen(self, socket: ClientConnection) -> None:
        self._frames = 0
        self._heard = asyncio.get_running_loop().time()
        beat = asyncio.create_task(self._beat(socket))
        try:
            async for frame in socket:
                self._heard = asyncio.get_running_loop().time()
                self._frames += 1
                assert isinstance(frame, str)
                self._person.look(frame)
                event = json.loads(frame)
                if event["type"] == "welcome":
                    self.is_welcome = True
                    self.connections += 1
                self._take(event)
                if self._frames % ACK_EVERY == 0:
                    self.send(type="ack", frames=self._frames)
        finally:
            beat.cancel()

    async def _beat(self, socket: ClientConnection) -> None:
        while True:
            await asyncio.sleep(self._pace.beat)
            if asyncio.get_running_loop().time() - self._heard > self._pace.silence:
                socket.transport.abort()
            self.send(type="ack", frames=self._frames)
            self.send(type="ping")
