"""Looking once at a server that may not be stored yet, for whoever sets it up."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from conversations.backends.registry import BackendState, Registry, Spec

LONGEST_SECONDS = 12.0


@dataclass(frozen=True, slots=True)
class Finding:
    """How it stood, and how long it took to find out."""

    state: BackendState
    milliseconds: int


async def try_out(spec: Spec) -> Finding:
    """Ask the server for its version and its models. Its errors are in the state."""
    name = str(spec["name"])
    registry = Registry([{**spec, "offered": ()}])
    started = time.monotonic()
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            state = await registry.refresh(name)
    except TimeoutError:
        detail = f"no answer within {LONGEST_SECONDS:.0f} s"
        state = BackendState(name, registry.state(name).address, "down", code="upstream_down", detail=detail)
    finally:
        await registry.aclose()
    return Finding(state, round((time.monotonic() - started) * 1000))
