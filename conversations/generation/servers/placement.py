"""Which server writes a reply, where several have its model: a free one, if possible the one that knows the talk.

A server that fails before its first word costs nothing but time: the next one is asked.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from conversations.backends.base import BackendDown, BackendError, BackendLost, ChatRequest
from conversations.backends.registry import Registry
from conversations.generation.queue import FairQueue, OnPosition
from conversations.generation.stream import Step, stream

log = logging.getLogger(__name__)
T = TypeVar("T")
Write = Callable[[str, AsyncGenerator[Step, None]], Awaitable[T]]

REMEMBERED = 10_000
# Refusals that say something about the server, not about the question.
_MOVING = {"busy", "out_of_memory", "model_missing", "unauthorized", "key_unreadable", "upstream_error"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A reply to be placed: whose, in which conversation, asked of which server, and what is told meanwhile.

    `has_begun` tells whether anything of it has come.
    """

    conversation: UUID
    user: int
    server: str
    on_position: OnPosition
    has_begun: Callable[[], bool]


class Placement:
    """One per process: remembers where each conversation was answered last, because its prompt is cached there."""

    def __init__(self, registry: Registry, queue: Callable[[str], FairQueue]) -> None:
        self._registry = registry
        self._queue = queue
        self._last: OrderedDict[UUID, str] = OrderedDict()

    async def place(self, wanted: Wanted, request: ChatRequest, write: Write[T]) -> T:
        """Wait for a turn, and have `write` take in what the server (its name is the first argument) streams.

        Raises BackendError: that of the last server that was tried.
        """
        self._registry.check_offered(wanted.server, request.model_name)
        failure = BackendError("model_missing")
        for server in self._servers(wanted, request.model_name):
            try:
                async with (
                    self._queue(server).turn(wanted.user, wanted.on_position),
                    aclosing(stream(self._registry.get(server), request)) as steps,
                ):
                    return await write(server, steps)
            except BackendError as error:
                if wanted.has_begun() or not self._may_move(server, error):
                    raise
                log.info("%s did not answer for %s: %s", server, request.model_name, error.code)
                failure = error
            finally:
                if wanted.has_begun():
                    self._answered(wanted.conversation, server)
        raise failure

    def _servers(self, wanted: Wanted, model_name: str) -> Iterator[str]:
        """The servers to try, one after the other; each is chosen when it is asked for, by what is known then."""
        left = self._registry.serving(wanted.server, model_name)
        while left:
            found = min(left, key=lambda server: self._cost(wanted, server, left.index(server)))
            left.remove(found)
            yield found

    def _cost(self, wanted: Wanted, server: str, place: int) -> tuple[bool, bool, bool, float, int]:
        """Smaller is better: in reach, with a free slot, knowing the conversation, less busy, first in the list."""
        queue = self._queue(server)
        return (
            self._registry.is_avoided(server),
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
