"""Whose turn it is at a backend: a number of slots, round robin over people, background work only when nobody waits."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from conversations.generation.fairness.pace import Pace

OnPosition = Callable[[int], None]


@dataclass(eq=False, slots=True)
class Waiter:
    """Somebody who waits for a turn, in the lines of one queue or of several: the first that is free takes them.

    `on_position` is called with 1 for "next" and so on, whenever the best of their places changes.
    """

    user: int
    on_position: OnPosition
    places: dict[FairQueue, int] = field(default_factory=dict)
    _turn: asyncio.Future[FairQueue] | None = None
    _told: int = 0

    async def wait(self, queues: Sequence[FairQueue]) -> FairQueue:
        """The queue whose turn begins: at once the first that is free, else whichever is free first.

        Whoever gets it ends it by `release`.
        """
        for queue in queues:
            if queue.take():
                return queue
        self._turn, self._told = asyncio.get_running_loop().create_future(), 0
        for queue in queues:
            self.line_up(queue)
        # One background task gives way, wherever that is.
        any(queue.send_away() for queue in queues)
        try:
            return await self._turn
        except asyncio.CancelledError:
            if not self._turn.cancelled():
                self._turn.result().release()  # it had been given the turn in the same moment
            raise
        finally:
            self._leave()

    def line_up(self, queue: FairQueue) -> None:
        """Stand in the line of this queue too, as long as none has taken them."""
        if queue not in self.places and self._turn is not None and not self._turn.done():
            self.places[queue] = 0
            queue.add(self)

    def placed(self, queue: FairQueue, place: int) -> None:
        """Take in where they stand in the line of a queue."""
        self.places[queue] = place
        best = min(filter(None, self.places.values()))
        if best != self._told:
            self._told = best
            self.on_position(best)

    def seconds(self) -> float | None:
        """How long they will wait by what is known, in the line that is the quickest; None when nothing is."""
        waits = [queue.seconds(place) for queue, place in self.places.items() if place]
        return min((wait for wait in waits if wait is not None), default=None)

    def accept(self, queue: FairQueue) -> bool:
        """Leave every line for the slot of this queue; False when they have one or do not want any more."""
        if self._turn is None or self._turn.done():
            self._leave()
            return False
        self._turn.set_result(queue)
        self._leave(is_served=True)
        return True

    def _leave(self, *, is_served: bool = False) -> None:
        queues = tuple(self.places)
        self.places.clear()
        for queue in queues:
            queue.remove(self, is_served=is_served)


@dataclass(eq=False, slots=True)
class FairQueue:
    """`slots` turns at once. User A's ten prompts delay user B's one by at most one turn."""

    slots: int
    pace: Pace = field(default_factory=Pace)
    _taken: int = 0
    _waiting: OrderedDict[int, deque[Waiter]] = field(default_factory=OrderedDict)
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

    def seconds(self, place: int) -> float | None:
        """How long whoever stands at `place` will wait, by what the last turns took; None when that is not known."""
        return self.pace.wait(place, self.slots, self._taken - len(self._background))

    def resize(self, slots: int) -> None:
        """From now on so many turns at once; those that go on are finished."""
        self.slots = slots
        self.fill()

    def fill(self) -> None:
        """Give free slots to those who wait."""
        while self._taken < self.slots and self._waiting:
            self._taken += 1
            self.release()

    @asynccontextmanager
    async def turn(self, user: int, on_position: OnPosition) -> AsyncIterator[None]:
        """Wait for a slot. `on_position` is called with 1 for "next" and so on, whenever it changes."""
        await Waiter(user, on_position).wait([self])
        try:
            yield
        finally:
            self.release()

    def take(self) -> bool:
        """Begin a turn, if that can be at once; whoever does so ends it by `release`."""
        if self.is_free:
            self._taken += 1
            return True
        return False

    def release(self) -> None:
        """Hand the slot to the next person in the round, or free it."""
        while self._waiting and self._taken <= self.slots:
            waiter = next(iter(self._waiting.values()))[0]
            if waiter.accept(self):
                return
        self._taken -= 1

    def add(self, waiter: Waiter) -> None:
        """Put them at the end of their user's line."""
        self._waiting.setdefault(waiter.user, deque()).append(waiter)
        self._tell_positions()

    def remove(self, waiter: Waiter, *, is_served: bool) -> None:
        """Take them out. Who is served, wherever that is, goes to the end of the round with what else they asked."""
        waiters = self._waiting[waiter.user]
        waiters.remove(waiter)
        if not waiters:
            del self._waiting[waiter.user]
        elif is_served:
            self._waiting.move_to_end(waiter.user)
        self._tell_positions()

    def send_away(self) -> bool:
        """Cancel a background task, once: the next person sends the next one away. False when there is none."""
        if self._background:
            self._background.popitem()[0].cancel()
            return True
        return False

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
            self.release()

    def _tell_positions(self) -> None:
        rounds = [list(waiters) for waiters in self._waiting.values()]
        position = 0
        for depth in range(max((len(waiters) for waiters in rounds), default=0)):
            for waiters in rounds:
                if depth < len(waiters):
                    position += 1
                    waiters[depth].placed(self, position)
