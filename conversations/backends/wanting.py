"""What whoever asks tells a backend besides the question; without the HTTP client, which is loaded with the first."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar


def _nobody() -> bool:
    return False


others_want: ContextVar[Callable[[], bool]] = ContextVar("others_want", default=_nobody)
"""Whether others wait for what the present question has loaded: set by whoever asks, looked at when that is left."""
