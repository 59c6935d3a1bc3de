"""Why a file, or one conversation of it, is not taken."""

from __future__ import annotations


class Unreadable(ValueError):
    """`place` is where the first error is, such as `messages.3.parent`; `why` is for people."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"{place}: {why}" if place else why)
        self.place = place
        self.why = why

    def below(self, step: object) -> Unreadable:
        """The same, seen from one level further out."""
        return Unreadable(f"{step}.{self.place}" if self.place else str(step), self.why)
