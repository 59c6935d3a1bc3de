"""What a finder answers: where something stands, what it is called, and what it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol


class Found(NamedTuple):
    """Characters of a text from `start` to `end`. Things with the same `label` and `identity` are the same thing."""

    start: int
    end: int
    label: str
    identity: str


class Finder(Protocol):
    """Finds things of one kind."""

    def find(self, text: str) -> Iterator[Found]:
        """In the order of the text, none over another."""
