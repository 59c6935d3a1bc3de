"""The channel layer of processes that share a Redis: each has one channel, and is in the groups its tabs need.

channels_redis keeps a list for each channel and works it off with nine commands a message, also for what a process
sends and is alone to hear: three quarters of the CPU of a short reply. Here Redis only passes on (publish, subscribe),
a batch of messages is one command, and none travels to a group that nobody else is in. Like every layer it may lose
messages: those of the time in which a process is not connected.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from channels.layers import BaseChannelLayer
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

SILENCE_SECONDS = 15.0
"""A connection on which nothing comes for so long is lost: three pulses (see `outbox`) have not arrived."""
PATIENCE = 5.0
RETRY_SECONDS = 1.0
MOST_WAITING = 5000
"""Messages; beyond it nothing more is read, and Redis hangs up when it holds too much."""
_EVERYBODY = "everybody"
# Of each message: its group, how many of those who are in it need not hear it, and itself.
_SEND = """for at = 1, #ARGV, 3 do
    if redis.call('PUBSUB', 'NUMSUB', ARGV[at])[2] > tonumber(ARGV[at + 1]) then
        redis.call('PUBLISH', ARGV[at], ARGV[at + 2])
    end
end"""


class RedisLayer(BaseChannelLayer):  # type: ignore[misc] # channels has no types
    """One process has one channel, which `new_channel` makes on the running loop. Raises RedisError and OSError."""

    extensions = ("groups",)

    def __init__(self, hosts: Sequence[Mapping[str, Any]], **config: Any) -> None:
        super().__init__(**config)
        self._options = dict(hosts[0])
        self._client: Redis | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listener: PubSub | None = None
        self._prefix = ""
        self._groups: set[str] = set()
        self._joining: dict[str, asyncio.Future[None]] = {}
        self._received: asyncio.Queue[dict[str, Any] | Exception] = asyncio.Queue(MOST_WAITING)
        self._task: asyncio.Task[None] | None = None

    async def new_channel(self, prefix: str = "process") -> str:
        """Listen from now on, again and again when Redis goes away."""
        self._loop, self._client = asyncio.get_running_loop(), self._connect()
        self._received = asyncio.Queue(MOST_WAITING)
        first = self._joining[self._name(_EVERYBODY)] = self._loop.create_future()
        self._task = asyncio.create_task(self._listen(self._client), name="redis layer")
        await asyncio.wait([first], timeout=RETRY_SECONDS)
        return prefix

    async def leave(self) -> None:
        """Listen no more, and be found by nobody."""
        task, client, self._client = self._task, self._client, None
        while task is not None and not task.done():  # the client may take a cancellation for an error of its own
            task.cancel()
            await asyncio.wait([task], timeout=0.5)
        if client is not None:
            with contextlib.suppress(OSError, RedisError):
                await client.aclose()
        self._groups.clear()

    async def receive(self, channel: str) -> dict[str, Any]:
        """The next message of a group that this process is in; raises once the connection that was lost is back."""
        received = await self._received.get()
        if isinstance(received, Exception):
            raise received
        return received

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        """To the own channel; there is no other to name."""
        await self._received.put(message)

    async def group_add(self, group: str, channel: str) -> None:
        """From now on its messages come here; returns when Redis has said so."""
        name, is_known = self._name(group), group in self._groups
        self._groups.add(group)
        if self._listener is None or self._loop is None or (is_known and name not in self._joining):
            return  # it is in, or joins with all others as soon as there is a connection
        joined = self._joining.setdefault(name, self._loop.create_future())
        await self._listener.subscribe(name)
        await asyncio.wait([joined], timeout=PATIENCE)

    async def group_discard(self, group: str, channel: str) -> None:
        """The opposite of `group_add`."""
        self._groups.discard(group)
        if self._listener is not None:
            await self._listener.unsubscribe(self._name(group))

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """To everybody else who is in it; what a process sends itself (a pulse) comes back where it is alone."""
        await self.group_send_all([(group, message)])

    async def group_send_all(self, messages: Sequence[tuple[str, dict[str, Any]]]) -> None:
        """Each to its group, all in one step."""
        words: list[str] = []
        for group, message in messages:
            name = self._name(group)
            is_heard_here = self._listener is not None and group in self._groups and name not in self._joining
            words += (name, "1" if is_heard_here and "from" in message else "0", json.dumps(message))
        if self._client is not None and self._loop is asyncio.get_running_loop():
            await self._client.eval(_SEND, 0, *words)
        else:  # a command, or a view's thread: it has a loop of its own for this once
            async with self._connect() as client:
                await client.eval(_SEND, 0, *words)

    def _connect(self) -> Redis:
        address = {"retry": Retry(NoBackoff(), 0), **self._options}
        client: Redis = Redis.from_url(address.pop("address"), **address)
        # Redis's databases share one space of names for this.
        database = client.connection_pool.connection_kwargs.get("db") or 0
        self._prefix = f"chatsite.{database}."
        return client

    def _name(self, group: str) -> str:
        return self._prefix + group

    async def _listen(self, client: Redis) -> None:
        lost: Exception | None = None
        while self._client is client:
            try:
                async with client.pubsub() as listener:
                    await self._join_all(listener)
                    if lost is not None:
                        await self._received.put(lost)
                    while True:
                        await self._take(await listener.get_message(timeout=SILENCE_SECONDS))
            except (OSError, RedisError) as error:
                if lost is None or self._listener is not None:
                    log.warning("channel layer lost: %s", error)
                lost = error
            finally:
                self._listener = None
                self._have_joined(*self._joining)
            await asyncio.sleep(RETRY_SECONDS)

    async def _join_all(self, listener: PubSub) -> None:
        joined: set[str] = set()
        while new := {_EVERYBODY, *self._groups} - joined:
            await listener.subscribe(*map(self._name, new))
            joined |= new
        self._listener = listener

    async def _take(self, told: dict[str, Any] | None) -> None:
        if told is None:
            raise RedisConnectionError("nothing was heard for too long")
        if told["type"] == "message":
            await self._received.put(json.loads(told["data"]))
        elif told["type"] == "subscribe":
            self._have_joined(told["channel"].decode())

    def _have_joined(self, *names: str) -> None:
        for name in names:
            joined = self._joining.pop(name, None)
            if joined is not None and not joined.done():
                joined.set_result(None)
