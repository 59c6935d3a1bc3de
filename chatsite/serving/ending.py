"""The end of a process, which comes whatever hangs.

The interpreter ends after its threads, and a thread at a view may wait for a loop that has ended: for ever.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
import traceback
from collections.abc import Iterable

log = logging.getLogger(__name__)

REQUEST_SECONDS = 2.0
"""For requests to come to their end by themselves."""
CANCEL_SECONDS = 3.0
"""For what is cancelled."""
THREAD_SECONDS = 3.0
"""For threads, once no loop can answer them any more."""
LONGEST_SECONDS = 60.0
"""From the beginning of the end."""


async def settle(requests: Iterable[asyncio.Task[object]], everything: Iterable[asyncio.Task[object]]) -> None:
    """Let `requests` end, then cancel whatever of `everything` is left, while the loop still runs for its threads."""
    await _wait(requests, REQUEST_SECONDS)
    for task in (left := [*everything]):
        task.cancel()
    await _wait(left, CANCEL_SECONDS)


async def _wait(tasks: Iterable[asyncio.Task[object]], patience: float) -> None:
    if running := [task for task in tasks if not task.done()]:
        await asyncio.wait(running, timeout=patience)


def end_by_force(after: float, status: int) -> None:
    """End the process after so many seconds with `status`, unless it ends before, and log what was in its way."""
    timer = threading.Timer(after, _end, [status])
    timer.daemon = True  # nobody waits for this one
    timer.start()


def _end(status: int) -> None:
    frames = sys._current_frames()
    waited_for = [thread for thread in threading.enumerate() if not thread.daemon and thread.ident in frames]
    stacks = [f"{thread.name}:\n{''.join(traceback.format_stack(frames[thread.ident or 0]))}" for thread in waited_for]
    log.warning("ended by force; these had not ended:\n%s", "\n".join(stacks))
    logging.shutdown()
    os._exit(status)
