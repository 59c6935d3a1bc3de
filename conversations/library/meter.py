"""How far a transfer has come: bytes by layer, speed, and the time that is left. No I/O, and no clock of its own."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from conversations.backends.library import Progress

# Speed is what came within this many seconds: short enough to see a stall, long enough to be read.
WINDOW = 8.0
# What came within less says nothing of speed.
INSTANT = 0.05
LAYERS = 200


@dataclass(slots=True)
class Layer:
    """A part of a model; both numbers are bytes, `total` 0 while unknown."""

    total: int = 0
    completed: int = 0


class Meter:
    """Feed it every line of a transfer, with the moment in seconds of any monotonic clock."""

    def __init__(self) -> None:
        self.status = ""
        self._layers: dict[str, Layer] = {}
        self._arrived = 0
        self._samples: deque[tuple[float, int]] = deque()

    def take(self, progress: Progress, now: float) -> None:
        """One line. What a layer has when it is first seen was there before, and does not count as speed."""
        self.status = progress.status
        if not progress.digest:
            return
        layer = self._layers.get(progress.digest)
        if layer is None:
            if len(self._layers) >= LAYERS:
                return
            layer = self._layers[progress.digest] = Layer(progress.total, progress.completed)
        # A line without numbers says that the layer begins, not that it is empty.
        completed = max(layer.completed, progress.completed)
        self._arrived += completed - layer.completed
        layer.completed, layer.total = completed, max(progress.total, layer.total, completed)
        self._sample(now)

    def speed(self, now: float) -> float:
        """Bytes a second over the last seconds; 0 when nothing came."""
        self._forget(now)
        if not self._samples:
            return 0.0
        begun, before = self._samples[0]
        return (self._arrived - before) / (now - begun) if now - begun >= INSTANT else 0.0

    def remaining(self, now: float) -> float | None:
        """Seconds until the layers that are known are complete, if it goes on like this; None when that is unknown."""
        left = self.total - self.completed
        speed = self.speed(now)
        return left / speed if speed > 0 and left > 0 else None

    @property
    def total(self) -> int:
        """Bytes of all layers that are known."""
        return sum(layer.total for layer in self._layers.values())

    @property
    def completed(self) -> int:
        """Bytes of them that have arrived."""
        return sum(layer.completed for layer in self._layers.values())

    def value(self, now: float) -> dict[str, Any]:
        """All of it as JSON: `status total completed speed remaining layers[digest total completed]`."""
        remaining = self.remaining(now)
        return {
            "status": self.status,
            "total": self.total,
            "completed": self.completed,
            "speed": round(self.speed(now)),
            "remaining": None if remaining is None else round(remaining),
            "layers": [
                {"digest": digest, "total": layer.total, "completed": layer.completed}
                for digest, layer in self._layers.items()
            ],
        }

    def _sample(self, now: float) -> None:
        # Some lines a second are enough, however many come.
        if not self._samples or now - self._samples[-1][0] >= WINDOW / 40:
            self._samples.append((now, self._arrived))
        self._forget(now)

    def _forget(self, now: float) -> None:
        # The last one stays: silence makes the speed fall, at last to nothing.
        while len(self._samples) > 1 and now - self._samples[1][0] >= WINDOW:
            self._samples.popleft()
