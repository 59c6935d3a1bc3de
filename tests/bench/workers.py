"""What one process answers and what two do, on the same cores as PostgreSQL, Redis, the model server and the people."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chatsite.checks.servers import find_or_install, servers
from tests.bench import crowd
from tests.bench.client import Tab
from tests.bench.figures import Figure
from tests.bench.processes import TICKS, Stage, stage
from tests.bench.upstream import order

BUSY, SECONDS, TOKENS = 60, 20.0, 20
WARMING = 3.0
_SPIN = "import time; n = 0; end = time.monotonic() + 3\nwhile time.monotonic() < end: n += 1\nprint(n)"


@dataclass(frozen=True, slots=True)
class Pace:
    """Replies a second, and milliseconds of CPU for each of them, by what spent it."""

    rate: float
    spent: dict[str, float]


async def workers(stage: Stage) -> list[Figure]:
    """Replies a second of one process with SQLite, of one and of two with PostgreSQL and Redis, on the same cores.

    The floor of the last two is what two bare loops count by what one does: what more cores bring here at all.
    """
    small = await _pace(stage)
    one, two = await asyncio.to_thread(_with_servers, 1), await asyncio.to_thread(_with_servers, 2)
    cores = await asyncio.to_thread(_two_by_one)
    title = f"{BUSY} people ask without a pause, replies of {TOKENS} tokens"
    return [
        *_figures(f"{title}: one process, SQLite", small),
        *_figures(f"{title}: one process, PostgreSQL, Redis", one),
        *_figures(f"{title}: two processes, PostgreSQL, Redis", two),
        Figure(f"{title}: two by one with PostgreSQL and Redis", two.rate / one.rate, "×", 1.7, True, cores),
        Figure(f"{title}: two by one with SQLite", two.rate / small.rate, "×", 1.7, True, cores),
    ]


def _figures(title: str, pace: Pace) -> Iterator[Figure]:
    yield Figure(title, pace.rate, "/s")
    for name, spent in pace.spent.items():
        yield Figure(f"{title}: CPU of a reply, {name}", spent, "ms")


def _with_servers(count: int) -> Pace:
    find_or_install()
    with servers(autovacuum="on") as named, stage(BUSY, "--workers", str(count), **named) as scaled:
        return asyncio.run(_pace(scaled))


async def _pace(stage: Stage) -> Pace:
    people = await crowd.tabs(stage, BUSY)
    await asyncio.gather(*(_ask_for(tab, WARMING) for tab in people))
    before, own, began = _spent(stage), time.process_time(), time.monotonic()
    count = sum(await asyncio.gather(*(_ask_for(tab, SECONDS) for tab in people)))
    took, own, after = time.monotonic() - began, time.process_time() - own, _spent(stage)
    await crowd.close(people)
    spent = {name: (after[name] - before[name]) * 1000 / count for name in after}
    return Pace(count / took, {**spent, "the people": own * 1000 / count})


async def _ask_for(tab: Tab, seconds: float) -> int:
    until, count = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        if count % 10 == 0:
            tab.open_new()
        tab.ask(order(0, TOKENS))
        await tab.done()
        count += 1
    return count


def _spent(stage: Stage) -> dict[str, float]:
    """Seconds of CPU so far, by name; of each program with all that it has started."""
    children: dict[int, list[int]] = {}
    seconds: dict[int, float] = {}
    names: dict[int, str] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, tail = stat.read_text().rpartition(")")
        except OSError:
            continue  # it has ended
        pid, fields = int(stat.parent.name), tail.split()
        names[pid] = head.partition("(")[2]
        children.setdefault(int(fields[1]), []).append(pid)
        seconds[pid] = sum(map(int, fields[11:15])) / TICKS

    def whole(pid: int) -> float:
        return seconds.get(pid, 0.0) + sum(map(whole, children.get(pid, [])))

    found = {"Chatsite": whole(stage.server.pid), "the model server": whole(stage.upstream.pid)}
    for pid in children.get(os.getpid(), []):
        if names[pid] in ("postgres", "redis-server"):
            found[names[pid]] = whole(pid)
    return found


def _two_by_one() -> float:
    return _counted(2) / _counted(1)


def _counted(loops: int) -> int:
    running = [subprocess.Popen([sys.executable, "-c", _SPIN], stdout=subprocess.PIPE, text=True) for _ in range(loops)]
    return sum(int(process.communicate()[0]) for process in running)
