"""How long one will wait: by the turns before, and nothing where too little is known."""

from __future__ import annotations

import asyncio

import pytest

from conversations.generation.fairness import pace as module
from conversations.generation.fairness.pace import Pace
from conversations.generation.queue import FairQueue, Waiter


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    return now


def told(clock: list[float], *took: float) -> Pace:
    pace = Pace()
    for seconds in took:
        pace.begin("before")
        clock[0] += seconds
        pace.end("before", is_whole=True)
    return pace


def test_nothing_is_said_before_three_replies_were_written_to_their_end(clock: list[float]) -> None:
    pace = told(clock, 10, 10)
    pace.begin("stopped")
    clock[0] += 1
    pace.end("stopped", is_whole=False)
    assert pace.wait(1, slots=1, taken=1) is None
    assert told(clock, 10, 10, 10).wait(1, slots=1, taken=1) == 10


def test_a_turn_that_goes_on_has_less_left_and_each_before_takes_its_own(clock: list[float]) -> None:
    pace = told(clock, 8, 10, 12)
    pace.begin("now")
    clock[0] += 4
    assert [pace.wait(place, slots=1, taken=1) for place in (1, 2, 3)] == [6, 16, 26]


def test_several_slots_serve_the_line_together(clock: list[float]) -> None:
    pace = told(clock, 10, 10, 10)
    pace.begin("a")
    clock[0] += 4
    pace.begin("b")
    clock[0] += 2
    assert [pace.wait(place, slots=2, taken=2) for place in (1, 2, 3)] == [4, 8, 14]
    assert pace.wait(2, slots=3, taken=3) == 8, "one that has just begun takes what is usual"


def test_a_turn_longer_than_any_before_is_not_counted_on(clock: list[float]) -> None:
    pace = told(clock, 10, 10, 30)
    pace.begin("long")
    clock[0] += 15
    assert pace.wait(1, slots=1, taken=1) == 15, "as the one that lasted as long"
    clock[0] += 20
    assert pace.wait(1, slots=1, taken=1) is None
    pace.begin("other")
    assert pace.wait(1, slots=2, taken=2) == 10


async def test_whoever_waits_in_several_lines_goes_by_the_quickest(clock: list[float]) -> None:
    slow, quick = (FairQueue(1, told(clock, *took)) for took in ((60, 60, 60), (10, 10, 10)))
    seen: list[tuple[int, float | None]] = []
    for queue in (slow, quick):
        assert queue.take()
        queue.pace.begin(queue)
    waiter = Waiter(1, lambda place: seen.append((place, waiter.seconds())))
    waiting = asyncio.create_task(waiter.wait([slow, quick]))
    for _ in range(3):
        await asyncio.sleep(0)
    assert seen == [(1, 60)]
    assert waiter.seconds() == 10
    waiting.cancel()
