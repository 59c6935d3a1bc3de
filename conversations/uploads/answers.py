"""What a reader of untrusted files answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Read:
    """What a reader found: `facts` for the database, and `parts` to be kept."""

    facts: dict[str, Any]
    parts: list[bytes] = field(default_factory=list)


class Unreadable(Exception):
    """A file that is not taken, for a reason that a person can be told: a code of `conversations.faults.UPLOADS`."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values
