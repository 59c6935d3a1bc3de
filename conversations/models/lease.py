"""Who is writing a reply, and until when that is believed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """Who writes a reply (`owner` names a process), and for how many `seconds` without a sign of life."""

    owner: str
    seconds: float

    def until(self, now: datetime) -> datetime:
        """When it runs out if it is not renewed."""
        return datetime.fromtimestamp(now.timestamp() + self.seconds, tz=now.tzinfo)
