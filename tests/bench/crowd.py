"""Many tabs at once, or as many bare connections: connecting, asking together, and what was heard."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from tests.bench.client import Direct, Heard, Tab
from tests.bench.figures import percentile
from tests.bench.processes import Stage
from tests.bench.upstream import order

A = TypeVar("A", Tab, Direct)


async def tabs(stage: Stage, number: int) -> list[Tab]:
    """That many people, each with a new conversation open."""
    found = []
    for cookie in stage.cookies[:number]:
        tab = await Tab.connect(cookie, stage.server.port)
        tab.open_new()
        found.append(tab)
    return found


async def directs(stage: Stage, number: int) -> list[Direct]:
    """That many connections straight to the upstream."""
    return [await Direct.connect(stage.upstream.port) for _ in range(number)]


async def close(crowd: Sequence[Tab] | Sequence[Direct]) -> None:
    """Hang up, all."""
    for one in crowd:
        one.close()
    await asyncio.sleep(0.2)


async def asked(port: int) -> int:
    """How many answers the upstream has been asked for."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /bench/asked HTTP/1.1\r\nHost: bench\r\n\r\n")
    head = await reader.readuntil(b"\r\n\r\n")
    body = await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split()[0]))
    writer.close()
    return int(json.loads(body)["asked"])


def later(seconds: float) -> int:
    """That time from now, as `order` takes it (µs)."""
    return time.monotonic_ns() // 1000 + int(seconds * 1e6)


@dataclass(frozen=True, slots=True)
class Streams:
    """What `stream` heard, and CPU seconds of the server and of this client in its middle part."""

    heard: list[Heard]
    rate: int
    count: int
    middle_tokens: int
    server_cpu: float
    client_cpu: float
    memory: float

    @property
    def delays(self) -> list[float]:
        """Milliseconds from the sending to the arrival, of all tokens."""
        return [(arrived - sent) / 1e6 for heard in self.heard for sent, arrived in heard.tokens()]

    @property
    def rate_kept(self) -> float:
        """Tokens a second as they arrived, by tokens a second as they were due; lost tokens count against it."""
        kept = []
        for heard in self.heard:
            times = [arrived for _sent, arrived in heard.tokens()]
            took = (times[-1] - times[0]) / 1e9 if times else float("inf")
            due = (self.count - 1) / self.rate
            kept.append(len(times) / self.count * due / max(took, due))
        return sum(kept) / len(kept)

    def per_thousand(self) -> float:
        """Seconds of the server's CPU for 1000 tokens."""
        return self.server_cpu / self.middle_tokens * 1000


async def stream(stage: Stage, crowd: Sequence[A], rate: int, seconds: float, *, spread: bool = True) -> Streams:
    """Everybody asks, then all streams run for `seconds`; `spread` over a token's time or in the very same instant."""
    number, count = len(crowd), int(rate * seconds)
    lead = 1.0 + 0.02 * number
    start = later(lead)
    heard = []
    for index, one in enumerate(crowd):
        phase = int(1e6 / rate * index / number) if spread else 0
        heard.append(one.ask(order(rate, count, start + phase)))
        await asyncio.sleep(0.01)
    await _until(start / 1e6 + 1)
    cpu, own, began = stage.server.cpu(), time.process_time(), time.monotonic()
    await _until(start / 1e6 + seconds / 2)
    memory = stage.server.memory()
    await _until(start / 1e6 + seconds - 0.5)
    ended = time.monotonic()
    server_cpu, client_cpu = stage.server.cpu() - cpu, time.process_time() - own
    await asyncio.gather(*(one.done() for one in crowd))
    middle = sum(began <= arrived / 1e9 < ended for each in heard for _sent, arrived in each.tokens())
    return Streams(heard, rate, count, middle, server_cpu, client_cpu, memory)


async def ask_together(crowd: Sequence[A], text: str) -> list[Heard]:
    """Everybody asks in the same instant; what was heard when all are done."""
    heard = [one.ask(text) for one in crowd]
    await asyncio.gather(*(one.done() for one in crowd))
    return heard


def first_tokens(heard: Sequence[Heard]) -> tuple[float, float]:
    """Milliseconds to the first token: p50, p99."""
    times = [each.to_first for each in heard]
    return percentile(times, 0.5), percentile(times, 0.99)


async def _until(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - time.monotonic()))
