"""How much of their day a person has used, as their tabs are told."""

from __future__ import annotations

from typing import Literal

from conversations.live.protocol import Frame

Level = Literal["free", "near", "spent"]


class Share(Frame):
    """Of one thing today: what is used, from where on one is warned, and the most (null: no such bound)."""

    used: int
    warn_from: int | None = None
    limit: int | None = None

    @property
    def level(self) -> Level:
        """`spent` at the limit, `near` from the warning on."""
        if self.limit is not None and self.used >= self.limit:
            return "spent"
        return "near" if self.warn_from is not None and self.used >= self.warn_from else "free"


class QuotaChanged(Frame):
    """What the person has used today, who has limits; `resets_at` is when counting starts anew.

    At `near` their tabs warn, at `spent` nothing more is taken.
    """

    type: Literal["quota.changed"] = "quota.changed"
    level: Level
    messages: Share
    tokens: Share
    resets_at: str
