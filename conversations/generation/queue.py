"""Whose turn it is at a backend: a number of slots, round robin over people, background work only when nobody waits."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

OnPosition = Callable[[int], None]


@dataclass(eq=False, slots=True)
class _Waiter:
    turn: asyncio.Future[None]
    on_position: OnPosition
    position: int = 0


@dataclass(eq=False, slots=True)
class FairQueue:
    """`slots` turns at once. User A's ten prompts delay user B's one by at most one turn."""

    slots: int
    _taken: int = 0
    _waiting: OrderedDict[int, deque[_Waiter]] = field(default_factory=OrderedDict)
    _background: dict[asyncio.Task[object], None] = field(default_factory=dict)

    @property
    def is_free(self) -> bool:
        """Whether a turn would begin at once."""
        return self._taken < self.slots and not self._waiting

    @property
    def load(self) -> float:
        """Turns taken and waited for, for each slot."""
        return (self._taken + self.waiting) / self.slots

    @property
    def taken(self) -> int:
        """Turns that are going on."""
        return self._taken

    @property
    def waiting(self) -> int:
        """How many wait for one."""
        return sum(map(len, self._waiting.values()))

    def resize(self, slots: int) -> None:
        """From now on so many turns at once; those that go on are finished."""
        self.slots = slots
        while self._taken < self.slots and self._waiting:
            self._taken += 1
            self._release()

    @asynccontextmanager
    async def turn(self, user: int, on_position: OnPosition) -> AsyncIterator[None]:
        """Wait for a slot. `on_position` is called with 1 for "next" and so on, whenever it changes."""
        if self._taken < self.slots and not self._waiting:
            self._taken += 1
        else:
            await self._wait(user, on_position)
        try:
            yield
        finally:
            self._release()

    @asynccontextmanager
    async def spare_turn(self) -> AsyncIterator[bool]:
        """A slot that nobody wants, or False. Whoever holds it is cancelled when a person wants it."""
        task = asyncio.current_task()
        if task is None or self._taken >= self.slots or self._waiting:
            yield False
            return
        self._taken += 1
        self._background[task] = None
        try:
            yield True
        finally:
            self._background.pop(task, None)
            self._release()

    async def _wait(self, user: int, on_position: OnPosition) -> None:
        waiter = _Waiter(asyncio.get_running_loop().create_future(), on_position)
        self._waiting.setdefault(user, deque()).append(waiter)
        if self._background:
            self._background.popitem()[0].cancel()  # once: the next person sends the next one away
        self._tell_positions()
        try:
            await waiter.turn
        except asyncio.CancelledError:
            if waiter.turn.done() and not waiter.turn.cancelled():
                self._release()  # it had been given the turn in the same moment
            else:
                self._forget(user, waiter)
            raise

    def _release(self) -> None:
        """Hand the slot to the next person in the round, or free it."""
        while self._waiting and self._taken <= self.slots:
            user, waiters = self._waiting.popitem(last=False)
            waiter = waiters.popleft()
            if waiters:
                self._waiting[user] = waiters  # to the end of the round
            if not waiter.turn.done():  # else cancelled in this same moment
                waiter.turn.set_result(None)
                self._tell_positions()
                return
        self._taken -= 1

    def _forget(self, user: int, waiter: _Waiter) -> None:
        waiters = self._waiting.get(user)
        if waiters is not None and waiter in waiters:
            waiters.remove(waiter)
            if not waiters:
                del self._waiting[user]
            self._tell_positions()

    def _tell_positions(self) -> None:
        rounds = [list(waiters) for waiters in self._waiting.values()]
        position = 0
        for depth in range(max((len(waiters) for waiters in rounds), default=0)):
            for waiters in rounds:
                if depth < len(waiters):
                    position += 1
                    waiter = waiters[depth]
                    if waiter.position != position:
                        waiter.position = position
                        waiter.on_position(position)
