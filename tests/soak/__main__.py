"""`python -m tests.soak --minutes N [--seed S] [--report FILE] [--scaled]`; 1 when something is not as it must be."""

from __future__ import annotations

import argparse
import asyncio
import logging
import shlex
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from tests.headless.audit import Audit, audit
from tests.sites import ROOT
from tests.soak.faults import Faults
from tests.soak.memory import Memory
from tests.soak.people import gather
from tests.soak.place import Place
from tests.soak.report import Run, report
from tests.soak.stage import Stage, stage

LOG = ROOT / "test-results" / "soak.log"
"""What the sites said, when something is not as it must be."""
SAMPLE_SECONDS = 5.0
PATIENCE = 60.0  # until what is not over counts as stuck
RESTLESS = 2 / 3  # of the time processes are ended too


def main() -> int:
    """Run, and write the report."""
    wanted = _arguments()
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    with stage(is_scaled=wanted.scaled) as found:
        run, result = asyncio.run(_soak(found, wanted))
        page = report(run, result)
        if not result.is_clean:
            LOG.parent.mkdir(exist_ok=True)
            LOG.write_text("".join(site.output for site in found.sites))
    print(page, flush=True)
    if wanted.report:
        wanted.report.write_text(page)
    return 0 if result.is_clean else 1


def told_command(arguments: list[str]) -> str:
    """What was run, but for where its report goes, which tells the reader nothing."""
    left = iter(arguments)
    told = [each for each in left if not _names_the_report(each, left)]
    return shlex.join(["manage.py", "soak", *told])


def _names_the_report(argument: str, following: Iterator[str]) -> bool:
    """Whether it says where the report goes, as `--report=FILE` or with the file `following`, which is taken then."""
    name, equals, _file = argument.partition("=")
    is_report = name.startswith("--r")  # short of it, too: no other option begins like that
    if is_report and not equals:
        next(following, None)
    return is_report


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="manage.py soak", description=__doc__)
    parser.add_argument("--minutes", type=float, required=True, help="how long the load lasts")
    parser.add_argument("--seed", type=int, default=1, help="decides what is done, and what goes wrong (default: 1)")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the report there too")
    parser.add_argument("--scaled", action="store_true", help="two processes on a PostgreSQL and a Redis of its own")
    parser.add_argument("--people", type=int, default=6, help="at two tabs each (default: 6)")
    parser.add_argument("--pause", type=float, default=5.0, help="seconds between two acts of a person (default: 5)")
    parser.add_argument("--every", type=float, default=6.0, help="seconds between two faults (default: 6)")
    return parser.parse_args()


async def _soak(found: Stage, wanted: argparse.Namespace) -> tuple[Run, Audit]:
    chance, memory, began, place = Random(wanted.seed), Memory(), datetime.now(UTC), Place.here()
    visitors = await gather(found, wanted.people, Random(chance.random()), wanted.pause)
    faults = Faults(found, visitors, Random(chance.random()))
    befalling = asyncio.create_task(faults.befall(wanted.every))
    tasks = [asyncio.create_task(visitor.live()) for visitor in visitors]
    try:
        await _wait(60 * wanted.minutes, [befalling, *tasks], faults, found, memory)
    finally:
        await _end(tasks)
    faults.is_over = True
    await befalling
    found.upstream.troubles.clear()
    pages = [page for visitor in visitors for page in visitor.pages]
    result = await audit(found.stored, pages, found.upstream, PATIENCE)
    for page in pages:
        await page.close()
    actions = sum((visitor.done for visitor in visitors), Counter[str]())
    run = Run(
        began, told_command(sys.argv[1:]), wanted.seed, place, wanted.scaled, wanted.people,
        actions, faults.done, found.restarts, found.tracebacks, memory,
    )  # fmt: skip
    return run, result


async def _wait(seconds: float, tasks: list[asyncio.Task[None]], faults: Faults, found: Stage, memory: Memory) -> None:
    """Until the time is over. Raises what a task raised."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while (gone := loop.time() - began) < seconds:
        faults.may_restart = gone < RESTLESS * seconds
        done, _ = await asyncio.wait(tasks, timeout=min(SAMPLE_SECONDS, seconds - gone),
                                     return_when=asyncio.FIRST_EXCEPTION)  # fmt: skip
        for task in done:
            task.result()
        memory.take(found.restarts, await asyncio.to_thread(found.memory))


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


if __name__ == "__main__":
    sys.exit(main())
