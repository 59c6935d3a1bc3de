"""How long a turn is waited for, by what the last ones took. Where nothing is known, nothing is said."""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field
from statistics import median
from time import monotonic

REMEMBERED = 20
"""So many of the last replies that were written to their end."""
FEWEST = 3


@dataclass(eq=False, slots=True)
class Pace:
    """Of one server: what its last turns took, and since when the present ones are going on (seconds, monotonic)."""

    took: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    began: dict[object, float] = field(default_factory=dict)

    def begin(self, turn: object) -> None:
        """A turn begins."""
        self.began[turn] = monotonic()

    def end(self, turn: object, *, is_whole: bool) -> None:
        """It ends; what it took is remembered when its reply was written to its end."""
        began = self.began.pop(turn, None)
        if began is not None and is_whole:
            self.took.append(monotonic() - began)

    def wait(self, place: int, slots: int, taken: int) -> float | None:
        """Seconds until whoever stands at `place` (from 1) has their turn; None when too little is known to say.

        Of `slots` so many are `taken`, some maybe in this moment.

        A turn that has lasted longer than any before it could end at any time: it is not counted on.
        """
        if len(self.took) < FEWEST:
            return None
        usual, now = median(self.took), monotonic()
        left = [self._left(now - began) for began in self.began.values()]
        ends = [0.0] * (slots - taken) + [usual] * (taken - len(left)) + [each for each in left if each is not None]
        if not ends:
            return None
        heapq.heapify(ends)
        for _earlier in range(place - 1):
            heapq.heapreplace(ends, ends[0] + usual)
        return ends[0]

    def _left(self, elapsed: float) -> float | None:
        """What those took that lasted at least as long, less what has passed."""
        longer = [each for each in self.took if each > elapsed]
        return median(longer) - elapsed if longer else None
