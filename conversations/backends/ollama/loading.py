"""The load of a model that others wait for too: it goes on when whoever began it leaves.

A server gives a load up when the question that began it is taken back, and the next question begins it anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from conversations.backends.exchange import Opened, close
from conversations.backends.wanting import others_want
from conversations.tasks import spawn

LOOK_SECONDS = 0.25


async def leave(opening: asyncio.Task[Opened], *, loads: bool) -> None:
    """Close the connection; later, when it `loads` a model that others wait for, with the first byte or with them."""
    wanted = others_want.get()
    if loads and not opening.done() and wanted():
        spawn(_keep(opening, wanted), "load")
    else:
        await close(opening)


async def _keep(opening: asyncio.Task[Opened], wanted: Callable[[], bool]) -> None:
    try:
        while not opening.done() and wanted():
            await asyncio.wait({opening}, timeout=LOOK_SECONDS)
    finally:
        await close(opening)
