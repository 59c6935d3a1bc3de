"""A process that cannot end is ended, and says what was in its way."""

from __future__ import annotations

import asyncio
import subprocess
import sys

from chatsite.serving.ending import settle
from tests.sites import ROOT

STUCK = """
import threading
from chatsite.serving.ending import end_by_force
threading.Thread(target=threading.Event().wait, name="the stuck one").start()
end_by_force(0.2, 7)
"""


def test_a_thread_that_waits_for_ever_is_named_and_holds_up_nobody() -> None:
    ended = subprocess.run([sys.executable, "-c", STUCK], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 7
    assert "the stuck one:\n" in ended.stderr


def test_nothing_is_said_of_a_process_that_ends_by_itself() -> None:
    code = "from chatsite.serving.ending import end_by_force; end_by_force(3600, 7)"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stderr) == (0, "")


async def test_requests_end_by_themselves_and_the_rest_is_cancelled() -> None:
    begun = asyncio.Event()

    async def request() -> str:
        await begun.wait()
        return "done"

    async def socket() -> None:
        begun.set()
        await asyncio.Event().wait()

    tasks = [asyncio.create_task(request()), asyncio.create_task(socket())]
    await settle(tasks[:1], tasks)
    assert tasks[0].result() == "done"
    assert tasks[1].cancelled()
