"""A planted fault blocks the loop: the log says where, and the loop goes on."""

from __future__ import annotations

import asyncio
import logging
import threading

from chatsite.serving.watchdog import Watchdog

PATIENCE = 60.0


class Told(logging.Handler):
    """Lets the loop go once the log has been told."""

    def __init__(self) -> None:
        super().__init__()
        self.is_told = threading.Event()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())
        self.is_told.set()


def planted_fault(told: Told) -> None:
    """Everything that can stand still is in here: a busy machine may pause anywhere for as long."""
    Watchdog(asyncio.get_running_loop(), patience=0.05).start()
    assert told.is_told.wait(PATIENCE)


def test_the_log_says_where_the_loop_stands_still() -> None:
    told = Told()
    logging.getLogger("chatsite.serving.watchdog").addHandler(told)

    async def work() -> str:
        planted_fault(told)
        await asyncio.sleep(0)
        return "it goes on"

    try:
        assert asyncio.run(work()) == "it goes on"
    finally:
        logging.getLogger("chatsite.serving.watchdog").removeHandler(told)
    assert "planted_fault" in told.texts[0]
