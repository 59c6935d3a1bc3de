"""What was found: well, worth knowing, or wrong with what to change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Standing = Literal["ok", "note", "fault"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. `change` says what to do; it is empty where all is well."""

    part: str
    standing: Standing
    says: str
    change: str = ""


def well(part: str, says: str) -> Finding:
    """As it should be."""
    return Finding(part, "ok", says)


def note(part: str, says: str, change: str) -> Finding:
    """It works, and could be better."""
    return Finding(part, "note", says, change)


def fault(part: str, says: str, change: str) -> Finding:
    """It does not work, or not for long."""
    return Finding(part, "fault", says, change)
