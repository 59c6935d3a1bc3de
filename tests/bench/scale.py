"""What is measured at scale: many sockets, many viewers, and a restart under all of them."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Coroutine, Sequence

from tests.bench import crowd
from tests.bench.client import Tab
from tests.bench.crowd import asked
from tests.bench.figures import Figure
from tests.bench.processes import Stage
from tests.bench.upstream import order
from tests.bench.workers import workers

TABS, RESTARTED, VIEWERS = 2000, 500, 100
Scene = Callable[[Stage], Coroutine[object, object, list[Figure]]]


async def sockets_2000(stage: Stage) -> list[Figure]:
    """2,000 tabs that only stay open."""
    before = stage.server.memory()
    tabs = [await Tab.connect(cookie, stage.server.port) for cookie in _cookies(stage, TABS)]
    await asyncio.sleep(2)
    memory = stage.server.memory()
    await crowd.close(tabs)
    return [
        Figure(f"{TABS:,} idle sockets in one process: memory", memory, "MB", 250),
        Figure(f"{TABS:,} idle sockets in one process: memory of each", (memory - before) * 1024 / TABS, "kB", 40),
    ]


async def restart_500(stage: Stage) -> list[Figure]:
    """The server ends as an operator ends it, and starts again; each tab comes back as the page's does."""
    tabs = [await Tab.connect(cookie, stage.server.port) for cookie in _cookies(stage, RESTARTED)]
    began = time.monotonic()
    restarted = asyncio.create_task(asyncio.to_thread(stage.restart))
    back = [asyncio.create_task(_return(tab, cookie, stage.server.port))
            for tab, cookie in zip(tabs, _cookies(stage, RESTARTED), strict=True)]  # fmt: skip
    returned = await asyncio.gather(*back)
    took = time.monotonic() - began
    await restarted
    await crowd.close(returned)
    return [Figure(f"a restart with {RESTARTED} tabs: until all are back", took, "s", 15)]


async def viewers(stage: Stage) -> list[Figure]:
    """One reply of 50 tokens a second, seen by one tab, and by many of the same person."""
    tabs = [await Tab.connect(stage.cookies[0], stage.server.port) for _ in range(VIEWERS)]
    asker = tabs[0]
    alone = await _watched(stage, asker, [])
    before = await asked(stage.upstream.port)
    seen = await _watched(stage, asker, tabs[1:])
    # A new conversation asks for its title too.
    more = max(0, await asked(stage.upstream.port) - before - 2)
    await crowd.close(tabs)
    each = max(0.0, seen - alone) / (VIEWERS - 1) * 1e6
    return [
        Figure(f"{VIEWERS} viewers of one reply: more requests to the model server", more, "", 0),
        Figure(f"{VIEWERS} viewers of one reply: CPU of a token for each viewer", each, "µs", 15),
    ]


async def _watched(stage: Stage, asker: Tab, others: Sequence[Tab], seconds: float = 10.0) -> float:
    """Seconds of CPU for each token while all of them watch."""
    asker.open_new()
    asker.ask(order(50, int(50 * (seconds + 3))))
    await asyncio.sleep(1.5)
    for tab in others:
        tab.open(asker.conversation)
    await asyncio.sleep(1)
    cpu = stage.server.cpu()
    await asyncio.sleep(seconds)
    spent = stage.server.cpu() - cpu
    await asker.done()
    return spent / (50 * seconds)


async def _return(tab: Tab, cookie: str, port: int) -> Tab:
    """As `static/js` does: at once after a pause that chance chooses, then with longer ones."""
    await tab.closed
    pause = 0.5
    while True:
        await asyncio.sleep(pause + random.random())
        try:
            return await Tab.connect(cookie, port)
        except OSError:
            pause = min(pause * 2, 8.0)


def _cookies(stage: Stage, number: int) -> list[str]:
    """That many tabs, as evenly over the people as can be."""
    return [stage.cookies[index % len(stage.cookies)] for index in range(number)]


SCALE: dict[str, Scene] = {
    "sockets-2000": sockets_2000,
    "restart-500": restart_500,
    "viewers": viewers,
    "workers": workers,
}
