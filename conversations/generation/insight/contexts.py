"""How many tokens a model reads at once: as the conversation sets it, as it is loaded, or as it was trained."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Literal

from conversations.backends.base import BackendError
from conversations.backends.library import library_of
from conversations.backends.names import canonical
from conversations.backends.registry import Registry
from conversations.generation.insight.window import Model

Source = Literal["set", "loaded", "model"]
_FRESH = 60.0
_PATIENCE = 2.0


@dataclass(frozen=True, slots=True)
class Limit:
    """`tokens` at once; by whom."""

    tokens: int
    source: Source


class Contexts:
    """What backends said of their loaded models; kept for a minute, since one that is loaded anew may differ."""

    def __init__(self) -> None:
        self._loaded: dict[Model, int] = {}
        self._asked_at: dict[str, float] = {}

    async def look(self, registry: Registry, backend_name: str) -> None:
        """Ask the backend what it has loaded, if nobody has in the last minute. Its faults are no news here."""
        now = time.monotonic()
        if now - self._asked_at.get(backend_name, -_FRESH) < _FRESH:
            return
        self._asked_at[backend_name] = now  # claimed first: replies that end together ask once
        try:
            async with asyncio.timeout(_PATIENCE):
                running = await library_of(registry.get(backend_name)).running()
        except (BackendError, TimeoutError):
            return
        for model in running:
            if model.context_length:
                self._loaded[backend_name, canonical(model.name)] = model.context_length

    def limit(self, registry: Registry, model: Model, num_ctx: object) -> Limit | None:
        """The length that holds for `model`; None when nobody knows."""
        backend_name, name = model
        info = registry.find(backend_name, name)
        num_ctx = num_ctx or (info.defaults.get("sampling", {}).get("num_ctx") if info else None)
        if isinstance(num_ctx, int) and num_ctx > 0:
            return Limit(num_ctx, "set")
        if loaded := self._loaded.get((backend_name, canonical(name))):
            return Limit(loaded, "loaded")
        return Limit(info.context_length, "model") if info and info.context_length else None


contexts = Contexts()
