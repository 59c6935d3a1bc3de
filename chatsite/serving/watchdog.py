"""Notices that the event loop stands still: whatever blocks it holds up everybody, and the log then says where."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import traceback

log = logging.getLogger(__name__)

PATIENCE = 2.0
PAUSE = 1.0


class Watchdog:
    """A thread that asks a loop for a sign of life, and logs where its thread is when none comes for `patience`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, patience: float = PATIENCE) -> None:
        self._loop = loop
        self._thread = threading.get_ident()
        self._patience = patience

    def start(self) -> None:
        """Watch until the process ends or the loop is closed. Call it in the loop's own thread."""
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def _watch(self) -> None:
        rest = threading.Event()
        while not self._loop.is_closed():
            alive = threading.Event()
            try:
                self._loop.call_soon_threadsafe(alive.set)
            except RuntimeError:  # closed in this moment
                return
            if not alive.wait(self._patience):
                self._tell()
                while not alive.wait(PAUSE) and not self._loop.is_closed():
                    pass
            rest.wait(PAUSE)

    def _tell(self) -> None:
        frame = sys._current_frames().get(self._thread)
        where = "".join(traceback.format_stack(frame)) if frame else ""
        log.error("the event loop has stood still for %.1f seconds, at:\n%s", self._patience, where)
