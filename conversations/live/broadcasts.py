"""The way out: one hub per process carries events to this process's tabs, and over the channel layer to the others'.

Local tabs are handed their frames directly. The layer (Redis) only joins processes: a process subscribes to a topic
while one of its tabs does, so that a group has as many members as processes, not as sockets. The layer loses messages
silently beyond its capacity; the offsets of the protocol let a tab find out.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, Protocol
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer

from conversations.live.layer import LAYER_ERRORS, all_at_layer, at_layer
from conversations.live.neighbours import NeighbourLayer
from conversations.live.outbox import Outbox, Pulse
from conversations.live.protocol import Frame
from conversations.tasks import spawn

log = logging.getLogger(__name__)

# Host and process first: a start on the same host can tell that the writer of a lease is gone.
PROCESS = f"{socket.gethostname()[:60]}/{os.getpid()}/{secrets.token_hex(6)}"
SITE = "site"
PROCESSES = "processes"
REFRESH = "refresh"
P = ParamSpec("P")


def conversation_topic(conversation: UUID) -> str:
    """Those who look at this conversation."""
    return f"conversation.{conversation.hex}"


def user_topic(user: int) -> str:
    """All tabs of one person."""
    return f"user.{user}"


def project_topic(project: int) -> str:
    """Those who look at a review project, its queue or one of its cases."""
    return f"project.{project}"


def process_topic(process: str) -> str:
    """The one process that writes under this lease."""
    return f"process.{process.rsplit('/', 1)[-1]}"


class Subscriber(Protocol):
    """A tab. Both are called on the loop of the process."""

    def push(self, frame: str, *, is_delta: bool) -> Awaitable[None]:
        """Send a frame; deltas may be left out while the tab is behind."""
        ...

    async def recheck(self) -> None:
        """Find out whether whoever sits there may still."""
        ...


class Hub:
    """The topics of this process, and who listens."""

    def __init__(self) -> None:
        self._topics: dict[str, set[Subscriber]] = {}
        self._signals: dict[str, Callable[[dict[str, Any]], None]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._channel = ""
        self._tasks: list[asyncio.Task[object]] = []
        self._outbox: Outbox | None = None
        self._pulse = Pulse(self._beat, self._rejoin)

    async def start(self) -> None:
        """Belong to the running loop, and listen to the other processes when there is a layer that reaches them."""
        self._loop = asyncio.get_running_loop()
        if not isinstance(get_channel_layer(), InMemoryChannelLayer | None):
            beats = not isinstance(get_channel_layer(), NeighbourLayer)  # which neither hangs nor forgets
            if beats:
                self._outbox = Outbox(all_at_layer, lambda: spawn(self.call(REFRESH), "refresh"))
                self._tasks = [spawn(self._outbox.run(), "outbox")]
            await self._join()
            self._tasks.append(spawn(self._listen(), "hub"))
            if beats:  # once it can be felt
                self._tasks.append(spawn(self._pulse.run(), "pulse"))

    async def stop(self) -> None:
        """Listen no more. A Redis client may swallow a cancellation, so it is told until it ends."""
        if self._outbox is not None:
            await self._outbox.flush()
            self._outbox = None
        while running := [task for task in self._tasks if not task.done()]:
            for task in running:
                task.cancel()
            await asyncio.wait(running, timeout=0.5)
        self._tasks = []
        self._channel = ""
        leave = getattr(get_channel_layer(), "leave", None)
        if leave is not None:
            await leave()

    @property
    def is_distributed(self) -> bool:
        """Whether there may be other processes."""
        layer = get_channel_layer()
        if isinstance(layer, NeighbourLayer):
            return layer.has_neighbours
        return not isinstance(layer, InMemoryChannelLayer | None)

    def on_signal(self, name: str, action: Callable[[dict[str, Any]], None]) -> None:
        """Call `action` when another process signals `name` to this one."""
        self._signals[name] = action

    # Listening

    async def subscribe(self, topic: str, subscriber: Subscriber) -> None:
        """From now on `subscriber` is handed what is published on `topic`."""
        members = self._topics.setdefault(topic, set())
        members.add(subscriber)
        if len(members) == 1 and self._channel:  # before there is one, `_join` has yet to come
            await self._quietly("group_add", topic, self._channel)

    async def unsubscribe(self, topic: str, subscriber: Subscriber) -> None:
        """The opposite of `subscribe`; harmless when it was not."""
        members = self._topics.get(topic, set())
        members.discard(subscriber)
        if not members and self._topics.pop(topic, None) is not None and self._channel:
            await self._quietly("group_discard", topic, self._channel)

    @property
    def is_slow(self) -> bool:
        """Whether more waits for the other processes than a moment brings."""
        return self._outbox is not None and self._outbox.is_slow

    async def settle(self) -> None:
        """Return when all that was published has left for the other processes, or when the way there hangs."""
        if self._outbox is not None:
            await self._outbox.flush()

    def has_listeners(self, topic: str) -> bool:
        """Whether a frame for `topic` would reach anybody."""
        return self.is_distributed or topic in self._topics

    # Publishing

    async def publish(self, topic: str, event: Frame) -> None:
        """Hand `event` to everybody on `topic`, here and elsewhere. Never raises for a tab or a layer that fails."""
        await self.publish_frame(topic, event.model_dump_json(), is_delta=False)

    async def publish_frame(self, topic: str, frame: str, *, is_delta: bool, besides: Subscriber | None = None) -> None:
        """`publish` for a frame that is encoded already; `besides` has it."""
        await self._deliver(topic, frame, is_delta, besides)
        if self.is_distributed:
            await self._quietly(
                "group_send",
                topic,
                {"type": "frame", "topic": topic, "frame": frame, "delta": is_delta, "from": PROCESS},
            )

    def publish_soon(self, topic: str, event: Frame) -> None:
        """`publish` from a thread (a view, a signal handler, a command)."""
        self._from_thread(self.publish, topic, event)

    async def signal(self, process: str, name: str, **values: object) -> None:
        """Tell the process that owns the lease `process` something; it may be gone."""
        if self.is_distributed:
            message = {"type": "signal", "name": name, "values": values}
            await self._quietly("group_send", process_topic(process), message)

    async def call(self, name: str, **values: object) -> None:
        """Signal `name` to every process, to this one too when it listens."""
        if name in self._signals and self._loop is asyncio.get_running_loop():
            self._signals[name](values)
        if self.is_distributed:
            message = {"type": "signal", "name": name, "values": values, "from": PROCESS}
            await self._quietly("group_send", PROCESSES, message)

    def call_soon(self, name: str, **values: object) -> None:
        """`call` from a thread."""
        self._from_thread(self.call, name, **values)

    async def revoke(self, user: int) -> None:
        """Every tab of `user` finds out at once whether it may go on."""
        await self._recheck(user_topic(user))
        if self.is_distributed:
            message = {"type": "recheck", "topic": user_topic(user), "from": PROCESS}
            await self._quietly("group_send", user_topic(user), message)

    def revoke_soon(self, user: int) -> None:
        """`revoke` from a thread."""
        self._from_thread(self.revoke, user)

    def _from_thread(self, work: Callable[P, Coroutine[Any, Any, None]], *args: P.args, **kwargs: P.kwargs) -> None:
        if self._loop is not None and self._loop.is_running():
            asyncio.run_coroutine_threadsafe(work(*args, **kwargs), self._loop)
        elif self.is_distributed:
            async_to_sync(work)(*args, **kwargs)

    async def _deliver(self, topic: str, frame: str, is_delta: bool, besides: Subscriber | None = None) -> None:
        """A socket that closes in this moment (servers raise one or the other) must not end a reply."""
        for subscriber in tuple(self._topics.get(topic, ())):
            if subscriber is besides:
                continue
            try:
                await subscriber.push(frame, is_delta=is_delta)
            except (OSError, RuntimeError) as error:
                log.info("a tab is gone: %s", error)
                await self.unsubscribe(topic, subscriber)

    async def _recheck(self, topic: str) -> None:
        for subscriber in tuple(self._topics.get(topic, ())):
            spawn(subscriber.recheck(), "recheck")

    # The other processes

    async def _join(self) -> None:
        layer: Any = get_channel_layer()
        self._channel = self._channel or await layer.new_channel("process")
        for topic in (process_topic(PROCESS), PROCESSES, *self._topics):
            await self._quietly("group_add", topic, self._channel)

    async def _beat(self, number: int) -> None:
        await self._quietly("group_send", process_topic(PROCESS), {"type": "pulse", "number": number})

    async def _rejoin(self) -> None:
        """The tabs of this process have missed something of the others'."""
        await self._join()
        if REFRESH in self._signals:
            self._signals[REFRESH]({})

    async def _listen(self) -> None:
        """Take what other processes publish; a lost layer is joined again, and its groups with it."""
        layer = get_channel_layer()
        task = asyncio.current_task()
        # A client that is cancelled may report a lost connection instead.
        while layer is not None and task is not None and not task.cancelling():
            try:
                await self._take(await layer.receive(self._channel))
            except LAYER_ERRORS as error:
                log.warning("channel layer lost: %s", error)
                await asyncio.sleep(1)
                await self._rejoin()

    async def _take(self, message: dict[str, Any]) -> None:
        if message.get("from") == PROCESS:
            return
        match message["type"]:
            case "pulse":
                self._pulse.felt = message["number"]
            case "frame":
                await self._deliver(message["topic"], message["frame"], message["delta"])
            case "recheck":
                await self._recheck(message["topic"])
            case "signal" if message["name"] in self._signals:
                self._signals[message["name"]](message["values"])

    async def _quietly(self, action: str, group: str, value: object) -> None:
        """Messages only take their place in the line; who joins a group waits until that is done."""
        if self._outbox is not None and self._loop is asyncio.get_running_loop():
            done = self._outbox.put(action, group, value)
            if action != "group_send":
                await asyncio.wait([done])
        else:
            await at_layer(action, group, value)


hub = Hub()
