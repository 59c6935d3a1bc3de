"""What is measured, one function a row of the table's groups: each drives the stage and returns its figures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from statistics import median

from tests.bench import crowd
from tests.bench.client import Direct, Heard, Tab
from tests.bench.crowd import first_tokens
from tests.bench.figures import Figure, percentile
from tests.bench.page import measure_page
from tests.bench.processes import Stage
from tests.bench.scale import SCALE
from tests.bench.seeded import seeded_figures
from tests.bench.upstream import order

Scene = Callable[[Stage], Coroutine[object, object, list[Figure]]]
ASKS = 150
STREAM_SECONDS = 8.0


async def idle(stage: Stage) -> list[Figure]:
    """Memory when somebody has been there and has gone."""
    tab = await Tab.connect(stage.cookies[0], stage.server.port)
    tab.open_new()
    await crowd.ask_together([tab], order(100, 10))
    await crowd.close([tab])
    return [Figure("memory, idle", stage.server.memory(), "MB", 120)]


async def first_token(stage: Stage) -> list[Figure]:
    """One user asks again and again."""
    tab = await Tab.connect(stage.cookies[0], stage.server.port)
    direct = await Direct.connect(stage.upstream.port)
    through: list[Heard] = []
    floor: list[Heard] = []
    for index in range(ASKS):
        if index % 10 == 0:
            tab.open_new()
        through += await crowd.ask_together([tab], order(500, 3))
        floor += await crowd.ask_together([direct], order(500, 3))
        await asyncio.sleep(0.1)
    await crowd.close([tab])
    p50, p99 = first_tokens(through)
    floor50, floor99 = first_tokens(floor)
    return [
        Figure("time to first token added, one user, p50", p50 - floor50, "ms", 6, floor=floor50),
        Figure("time to first token added, one user, p99", p99 - floor99, "ms", 15, floor=floor99),
    ]


async def together(stage: Stage) -> list[Figure]:
    """50 people ask in the same instant, five times."""
    people, bare = await crowd.tabs(stage, 50), await crowd.directs(stage, 50)
    through: list[Heard] = []
    floor: list[Heard] = []
    for _turn in range(5):
        for tab in people:
            tab.open_new()
        await asyncio.sleep(1)
        through += await crowd.ask_together(people, order(50, 10))
        floor += await crowd.ask_together(bare, order(50, 10))
    await crowd.close(people)
    p50, p99 = first_tokens(through)
    floor50, floor99 = first_tokens(floor)
    return [
        Figure("50 users in the same instant, first token p50", p50, "ms", floor=floor50),
        Figure("50 users in the same instant, first token p99", p99, "ms", 250, floor=floor99),
    ]


async def streams_100(stage: Stage) -> list[Figure]:
    """100 streams of 50 tokens a second."""
    return await _streams(stage, 100, 0.99, 20, 60)


async def streams_200(stage: Stage) -> list[Figure]:
    """200 streams of 50 tokens a second."""
    return await _streams(stage, 200, 0.98, None, 120)


async def streams_300(stage: Stage) -> list[Figure]:
    """300 streams of 50 tokens a second."""
    return await _streams(stage, 300, 0.98, None, 150)


async def ending(stage: Stage) -> list[Figure]:
    """100 replies whose last token leaves the upstream in the same instant."""
    people, bare = await crowd.tabs(stage, 100), await crowd.directs(stage, 100)
    through = await crowd.stream(stage, people, 50, 2, spread=False)
    floor = await crowd.stream(stage, bare, 50, 2, spread=False)
    await crowd.close(people)
    ends, floor_ends = ([_last_to_end(heard) for heard in each.heard] for each in (through, floor))
    title = "100 replies ending together, last token to complete"
    return [
        Figure(f"{title}, p50", percentile(ends, 0.5), "ms", floor=percentile(floor_ends, 0.5)),
        Figure(f"{title}, p99", percentile(ends, 0.99), "ms", 60, floor=percentile(floor_ends, 0.99)),
    ]


async def arrivals(stage: Stage) -> list[Figure]:
    """20 new conversations a second for 10 s, each with a reply of 5 tokens."""
    people = await crowd.tabs(stage, 200)
    await asyncio.sleep(1)
    cpu = stage.server.cpu()
    heard = []
    for tab in people:
        heard.append(tab.ask(order(50, 5)))
        await asyncio.sleep(0.05)
    over = await asyncio.gather(*(tab.done() for tab in people), return_exceptions=True)
    await asyncio.sleep(1)
    spent = stage.server.cpu() - cpu
    late = sum(each.to_first > 250 or each.state != "complete" for each in heard)
    await crowd.close(people)
    return [
        Figure("20 new conversations a second: refused", sum(each is not None for each in over), "", 0),
        Figure("20 new conversations a second: first token after 250 ms", late, "", 0),
        Figure("20 new conversations a second: CPU per 5-token reply, title included", spent / 200 * 1000, "ms", 12),
    ]


async def fast(stage: Stage) -> list[Figure]:
    """One reply as fast as it comes."""
    tab, direct = (await crowd.tabs(stage, 1))[0], await Direct.connect(stage.upstream.port)
    rates: list[float] = []
    floors: list[float] = []
    for _turn in range(3):
        tab.open_new()
        rates.append(_tokens_a_second((await crowd.ask_together([tab], order(0, 100_000)))[0], 100_000))
        floors.append(_tokens_a_second((await crowd.ask_together([direct], order(0, 100_000)))[0], 100_000))
    await crowd.close([tab])
    return [Figure("one reply as fast as it comes", median(rates), "tokens/s", 30_000, True, median(floors))]


async def long_talk(stage: Stage) -> list[Figure]:
    """Asking in a conversation of 10,000 messages, in turns with one of 10."""
    tabs = []
    for length in sorted(stage.talks):
        tab = await Tab.connect(stage.cookies[0], stage.server.port)
        tab.open(*stage.talks[length])
        tabs.append(tab)
    asked: list[list[tuple[float, ...]]] = [[], []]
    for _turn in range(25):
        for tab, figures in zip(tabs, asked, strict=True):
            figures.append(await _one_ask(stage, tab))
    await crowd.close(tabs)
    short, long = ([median(each) for each in zip(*figures, strict=True)] for figures in asked)
    names = ("bytes sent", "bytes written", "time to acknowledged", "time to first token")
    units = ("", "", "ms", "ms")
    return [
        Figure(f"10,000 messages by 10: {name} ({_short(a)} and {_short(b)} {unit}".strip() + ")", b / a, "×", 1.2)
        for name, unit, a, b in zip(names, units, short, long, strict=True)
        if a
    ]


async def page(stage: Stage) -> list[Figure]:
    """The chat page in a headless Chromium."""
    found = await asyncio.to_thread(measure_page, stage.server.port, stage.cookies[0])
    return [
        Figure("page: brotli assets", found.asset_bytes / 1000, "kB", 60),
        Figure("page: requests", found.requests, "", 12),
        Figure("page: first paint, warm", found.first_paint, "ms", 100),
    ]


async def seeded(stage: Stage) -> list[Figure]:
    """Staff's list at size, on a database of its own."""
    return await asyncio.to_thread(seeded_figures)


async def _streams(stage: Stage, number: int, kept: float, p50: float | None, p99: float) -> list[Figure]:
    people, bare = await crowd.tabs(stage, number), await crowd.directs(stage, number)
    through = await crowd.stream(stage, people, 50, STREAM_SECONDS)
    floor = await crowd.stream(stage, bare, 50, STREAM_SECONDS)
    await crowd.close(people)
    delays, floor_delays = through.delays, floor.delays
    title = f"{number} streams × 50 tokens/s"
    cpu = Figure("CPU per 1000 relayed tokens", through.per_thousand(), "s", 0.06 if number == 100 else None)
    client = through.client_cpu / through.middle_tokens * 1000
    floor_client = floor.client_cpu / floor.middle_tokens * 1000
    return [
        Figure(f"{title}: rate kept", through.rate_kept, "", kept, True, floor.rate_kept),
        Figure(f"{title}: added delay p50", percentile(delays, 0.5), "ms", p50, floor=percentile(floor_delays, 0.5)),
        Figure(f"{title}: added delay p99", percentile(delays, 0.99), "ms", p99, floor=percentile(floor_delays, 0.99)),
        Figure(f"{title}: {cpu.what}", cpu.value, cpu.unit, cpu.reach),
        Figure(f"{title}: the client's own CPU per 1000 tokens", client, "s", floor=floor_client),
        Figure(f"{title}: memory", through.memory, "MB", 180 if number == 100 else None),
    ]


async def _one_ask(stage: Stage, tab: Tab) -> tuple[float, ...]:
    """Bytes over the socket, bytes to files, ms to acknowledged, ms to the first token."""
    await asyncio.sleep(0.15)
    before = stage.server.written() or 0
    (heard,) = await crowd.ask_together([tab], order(200, 5))
    await asyncio.sleep(0.05)
    written = (stage.server.written() or 0) - before
    return heard.size, written, (heard.acknowledged - heard.asked) / 1e6, heard.to_first


def _last_to_end(heard: Heard) -> float:
    return (heard.finished - heard.tokens()[-1][0]) / 1e6


def _tokens_a_second(heard: Heard, count: int) -> float:
    tokens = heard.tokens()
    return len(tokens) / ((tokens[-1][1] - tokens[0][0]) / 1e9) if len(tokens) == count else 0.0


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


SCENES: dict[str, Scene] = {
    "idle": idle,
    "first-token": first_token,
    "together": together,
    "streams-100": streams_100,
    "streams-200": streams_200,
    "streams-300": streams_300,
    "ending": ending,
    "arrivals": arrivals,
    "fast": fast,
    "long-talk": long_talk,
    **SCALE,
    "page": page,
    "seeded": seeded,
}
