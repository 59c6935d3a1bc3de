"""Many replies are read together: pauses end at common moments, and one that is given up harms no other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from conversations.backends.exchange import MUCH_TEXT, Pace

PATIENCE = 60.0


@contextmanager
def readers(number: int) -> Iterator[list[Pace]]:
    paces = [Pace() for _ in range(number)]
    try:
        yield paces
    finally:
        for pace in paces:
            pace.stop()


async def test_one_timer_ends_all_pauses_of_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    with readers(200) as paces:
        with monkeypatch.context() as frozen:
            now = loop.time()
            frozen.setattr(loop, "time", lambda: now)
            pauses = [pause for pace in paces if (pause := pace.pause(10))]
        assert len(pauses) == 200
        assert len(Pace._ending) == 1
        pauses[0].cancel()
        async with asyncio.timeout(PATIENCE):
            await asyncio.wait(pauses)
    assert [pause.cancelled() for pause in pauses] == [True] + [False] * 199
    assert not Pace._ending


async def test_much_text_and_few_readers_are_not_held_up() -> None:
    with readers(200) as paces:
        assert paces[0].pause(MUCH_TEXT) is None
    with readers(1) as (alone,):
        assert alone.pause(10) is None


def test_each_loop_has_moments_of_its_own() -> None:
    async def one_pause() -> None:
        with readers(200) as paces:
            pause = paces[0].pause(10)
        assert pause is not None
        async with asyncio.timeout(PATIENCE):
            await pause

    for _ in range(2):
        asyncio.run(one_pause())


async def test_what_is_whole_is_not_waited_for() -> None:
    with readers(200) as paces:
        pause = paces[0].pause(10)
        paces[0].hurry()
        assert pause is not None
        assert pause.done()
        assert paces[0].pause(10) is None
        assert paces[1].pause(10) is not None
