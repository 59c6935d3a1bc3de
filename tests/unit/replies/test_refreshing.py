"""Tabs are told anew in one round at a time, however often it is asked for."""

from __future__ import annotations

import asyncio

from django.db import InterfaceError

from conversations.live.refreshing import Refreshing


class Tab:
    """Counts; waits at the gate; may fail."""

    def __init__(self, gate: asyncio.Event, fault: Exception | None = None) -> None:
        self.count = 0
        self._gate, self._fault = gate, fault

    async def refresh(self) -> None:
        await self._gate.wait()
        self.count += 1
        if self._fault:
            raise self._fault


def rounds() -> list[asyncio.Task[object]]:
    return [task for task in asyncio.all_tasks() if task.get_name() == "refresh"]


async def test_rounds_do_not_pile_up_and_the_last_wish_is_fulfilled() -> None:
    gate = asyncio.Event()
    tabs = {Tab(gate) for _ in range(3)}
    refreshing = Refreshing(tabs)
    for _ in range(100):
        refreshing.begin()
        await asyncio.sleep(0)
    (task,) = rounds()
    gate.set()
    await task
    assert [tab.count for tab in tabs] == [2, 2, 2]
    refreshing.begin()
    await asyncio.wait(rounds())
    assert [tab.count for tab in tabs] == [3, 3, 3]


async def test_a_tab_that_fails_or_is_gone_ends_no_round() -> None:
    gate = asyncio.Event()
    faults = [InterfaceError("away"), OSError("gone"), RuntimeError("closed")]
    tabs = {Tab(gate, fault) for fault in faults}
    refreshing = Refreshing(tabs)
    refreshing.begin()
    await asyncio.sleep(0)
    gate.set()
    await asyncio.wait(rounds())
    assert [tab.count for tab in tabs] == [1, 1, 1]
    gone = tuple(tabs)
    gate.clear()
    refreshing.begin()
    await asyncio.sleep(0)
    tabs.clear()
    gate.set()
    await asyncio.wait(rounds())
    assert sum(tab.count for tab in gone) == 4, "only the one that was being told when all left"
