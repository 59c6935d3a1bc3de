"""How the memory of the sites grows: samples of one lifetime, and the line through them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

WARM_UP = 0.25  # of a lifetime: what is loaded with its first use is no leak


@dataclass
class Memory:
    """Samples of `(seconds, megabytes)` since the last start of a process."""

    samples: list[tuple[float, float]] = field(default_factory=list)
    _restarts: int = 0

    def take(self, restarts: int, megabytes: float) -> None:
        """Another process is another line; 0 MB is nothing to be measured."""
        if restarts != self._restarts:
            self.samples.clear()
            self._restarts = restarts
        if megabytes:
            self.samples.append((time.monotonic(), megabytes))

    @property
    def warm(self) -> list[tuple[float, float]]:
        """Those after the warm-up."""
        return self.samples[int(len(self.samples) * WARM_UP) :]

    @property
    def minutes(self) -> float:
        """From the first warm sample to the last."""
        return (self.warm[-1][0] - self.warm[0][0]) / 60 if self.warm else 0.0

    @property
    def halves(self) -> tuple[float, float]:
        """Megabytes by which the first and the second half of the warm samples grew: a warm-up slows down."""
        middle = len(self.warm) // 2
        return self.warm[middle][1] - self.warm[0][1], self.warm[-1][1] - self.warm[middle][1]

    @property
    def slope(self) -> float | None:
        """Megabytes an hour, by least squares; None for less than five minutes, which tell nothing of an hour."""
        if self.minutes < 5:
            return None
        times = [at for at, _size in self.warm]
        sizes = [size for _at, size in self.warm]
        middle, mean = sum(times) / len(times), sum(sizes) / len(sizes)
        spread = sum((at - middle) ** 2 for at in times)
        together = sum((at - middle) * (size - mean) for at, size in self.warm)
        return 3600 * together / spread
