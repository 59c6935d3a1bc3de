"""Which server writes a reply, where several have its model: a free one, if possible the one that knows the talk.

Where none is free, a reply waits for all of them and goes to the first that is. A server that fails before its first
word costs nothing but time: the next one is asked.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from conversations.backends.base import BackendDown, BackendError, BackendLost, ChatRequest
from conversations.backends.registry import Registry
from conversations.backends.wanting import others_want
from conversations.generation.queue import FairQueue, Waiter
from conversations.generation.stream import Step, stream
from conversations.telemetry import measured

log = logging.getLogger(__name__)
T = TypeVar("T")
Write = Callable[[str, AsyncGenerator[Step, None]], Awaitable[T]]

REMEMBERED = 10_000
LOOK_SECONDS = 2.0
"""How often it is seen whether those who wait could go elsewhere by now."""
# Refusals that say something about the server, not about the question.
_MOVING = {
    "busy", "out_of_memory", "model_missing", "server_gone", "unauthorized", "key_unreadable", "upstream_error",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """A reply to be placed: whose, in which conversation, asked of which server, and what is told meanwhile.

    `on_position` is told the place in line and the seconds until the turn, None where they are not known; `has_begun`
    tells whether anything of it has come.
    """

    conversation: UUID
    user: int
    server: str
    on_position: Callable[[int, float | None], None]
    has_begun: Callable[[], bool]


@dataclass(eq=False, slots=True)
class _Search:
    """A reply on its way to a server: `known` have its model, `tried` could not write it, `queues` it waits for."""

    wanted: Wanted
    model_name: str
    waiter: Waiter
    known: dict[str, None] = field(default_factory=dict)
    tried: set[str] = field(default_factory=set)
    queues: dict[FairQueue, str] = field(default_factory=dict)
    server: str = ""

    def wants(self, server: str) -> bool:
        """Whether it waits for its turn at `server`, or has it and still waits for the first word."""
        return not self.wanted.has_begun() and (
            self.server == server if self.server else server in self.queues.values()
        )


class Placement:
    """One per process: remembers where each conversation was answered last, because its prompt is cached there."""

    def __init__(self, registry: Registry, queue: Callable[[str], FairQueue]) -> None:
        self._registry = registry
        self._queue = queue
        self._last: OrderedDict[UUID, str] = OrderedDict()
        self._waiting: dict[_Search, None] = {}
        self._present: dict[_Search, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def place(self, wanted: Wanted, request: ChatRequest, write: Write[T]) -> T:
        """Wait for a turn, and have `write` take in what the server (its name is the first argument) streams.

        Raises BackendError: that of the last server that was tried.
        """
        self._registry.check_offered(wanted.server, request.model_name)
        waiter = Waiter(wanted.user, lambda place: wanted.on_position(place, waiter.seconds()))
        search = _Search(wanted, request.model_name, waiter)
        self._present[search] = None
        try:
            return await self._place(search, request, write)
        finally:
            del self._present[search]

    async def _place(self, search: _Search, request: ChatRequest, write: Write[T]) -> T:
        wanted, failure = search.wanted, BackendError("model_missing")
        while self._left(search):
            try:
                async with (
                    self._turn(search) as server,
                    aclosing(stream(self._registry.get(server), request)) as steps,
                ):
                    return await write(server, steps)
            except BackendError as error:
                measured.upstream_errors.add(server, error.code)
                if wanted.has_begun() or not self._may_move(server, error):
                    raise
                log.info("%s did not answer for %s: %s", server, request.model_name, error.code)
                failure = error
            finally:
                if wanted.has_begun():
                    self._answered(wanted.conversation, server)
        raise failure

    def look(self) -> None:
        """Let those who wait also wait for the servers that have come, or come back, since they began to."""
        self._timer = None
        for search in self._waiting:
            search.queues |= self._queues_for(search)
            for queue in search.queues:
                search.waiter.line_up(queue)
        for queue in {queue for search in self._waiting for queue in search.queues}:
            queue.fill()
        self._look_later()

    def _look_later(self) -> None:
        if self._waiting and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LOOK_SECONDS, self.look)

    @asynccontextmanager
    async def _turn(self, search: _Search) -> AsyncIterator[str]:
        """A turn at the best server that is free, else at whichever is free first: its name."""
        queue = await self._wait(search)
        while queue not in self._queues_for(search):  # its server went out of reach meanwhile, and others are left
            queue.release()
            queue = await self._wait(search)
        server = search.queues[queue]
        search.tried.add(server)
        search.server = server
        others_want.set(lambda: self._others_want(search, server))
        queue.pace.begin(search)
        is_whole = False
        try:
            yield server
            is_whole = True
        finally:
            search.server = ""
            queue.pace.end(search, is_whole=is_whole)
            queue.release()

    def _others_want(self, search: _Search, server: str) -> bool:
        """Whether somebody else waits there for the same model."""
        return any(
            other.model_name == search.model_name and other.wants(server)
            for other in self._present
            if other is not search
        )

    async def _wait(self, search: _Search) -> FairQueue:
        search.queues = self._queues_for(search)
        self._waiting[search] = None
        self._look_later()
        try:
            return await search.waiter.wait(list(search.queues))
        finally:
            del self._waiting[search]

    def _queues_for(self, search: _Search) -> dict[FairQueue, str]:
        """The queues of those servers that are in reach, the best first; of all, where none is."""
        left = self._left(search)
        reachable = [server for server in left if not self._registry.is_avoided(server)]
        chosen = sorted(reachable or left, key=lambda server: self._cost(search.wanted, server, left.index(server)))
        return {self._queue(server): server for server in chosen}

    def _left(self, search: _Search) -> list[str]:
        """The servers that may still write it, in their order."""
        search.known |= dict.fromkeys(self._registry.serving(search.wanted.server, search.model_name))
        return [server for server in search.known if server not in search.tried]

    def _cost(self, wanted: Wanted, server: str, place: int) -> tuple[bool, bool, float, int]:
        """Smaller is better: with a free slot, knowing the conversation, less busy, first in the list."""
        queue = self._queue(server)
        return (
            not queue.is_free,
            self._last.get(wanted.conversation) != server,
            queue.load,
            place,
        )

    def _answered(self, conversation: UUID, server: str) -> None:
        self._last[conversation] = server
        self._last.move_to_end(conversation)
        if len(self._last) > REMEMBERED:
            self._last.popitem(last=False)

    def _may_move(self, server: str, error: BackendError) -> bool:
        """Whether another server may do what this one could not. One that is out of reach is left alone for a while."""
        if isinstance(error, BackendDown | BackendLost):
            self._registry.failed(server)
            return True
        return error.code in _MOVING
