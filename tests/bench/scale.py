"""What is measured at scale: many sockets, many viewers, a restart under all of them, and several processes."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Coroutine, Sequence

from chatsite.checks.servers import find_or_install, servers
from tests.bench import crowd
from tests.bench.client import Tab
from tests.bench.crowd import asked
from tests.bench.figures import Figure
from tests.bench.processes import Stage, stage
from tests.bench.upstream import order

TABS, RESTARTED, VIEWERS = 2000, 500, 100
BUSY, SECONDS, TOKENS = 60, 15.0, 20
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


async def workers(stage: Stage) -> list[Figure]:
    """Replies a second of one process with SQLite, of one and of two with PostgreSQL and Redis, on the same cores.

    Those servers, the model server and the people are on the same cores too, and more of them is not to be had there.
    """
    small = await _replies_a_second(stage)
    one, two = await asyncio.to_thread(_with_servers, 1), await asyncio.to_thread(_with_servers, 2)
    title = f"{BUSY} people ask without a pause, replies of {TOKENS} tokens"
    return [
        Figure(f"{title}: one process, SQLite", small, "/s"),
        Figure(f"{title}: one process, PostgreSQL, Redis", one, "/s"),
        Figure(f"{title}: two processes, PostgreSQL, Redis", two, "/s"),
        Figure(f"{title}: two by one with PostgreSQL and Redis", two / one, "×", 1.7, True),
        Figure(f"{title}: two by one with SQLite", two / small, "×", 1.7, True),
    ]


def _with_servers(count: int) -> float:
    find_or_install()
    with servers(autovacuum="on") as named, stage(BUSY, "--workers", str(count), **named) as scaled:
        return asyncio.run(_replies_a_second(scaled))


async def _replies_a_second(stage: Stage) -> float:
    people = await crowd.tabs(stage, BUSY)
    await asyncio.sleep(2)
    until = time.monotonic() + SECONDS
    counts = await asyncio.gather(*(_ask_until(tab, until) for tab in people))
    await crowd.close(people)
    return sum(counts) / SECONDS


async def _ask_until(tab: Tab, until: float) -> int:
    count = 0
    while time.monotonic() < until:
        if count % 10 == 0:
            tab.open_new()
        tab.ask(order(0, TOKENS))
        await tab.done()
        count += 1
    return count


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
