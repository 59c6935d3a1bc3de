"""A tab that reads slowly costs nothing, and one that reads is never taken for slow."""

from __future__ import annotations

from conversations.live.tab import MOST_BYTES, MOST_FRAMES, Tab


class Reader:
    """Takes frames in."""

    def __init__(self) -> None:
        self.frames: list[str] = []

    async def take(self, frame: str) -> None:
        self.frames.append(frame)


async def test_a_tab_that_acknowledges_gets_everything_however_long_it_lasts() -> None:
    reader = Reader()
    tab = Tab(reader.take)
    for number in range(1, 2000):
        await tab.push("x" * 1000, is_delta=True)
        if number > 5:
            assert not tab.acked(number - 5)  # five are always under way
    assert len(reader.frames) == 1999


async def test_a_tab_that_does_not_read_gets_no_deltas_but_all_else() -> None:
    reader = Reader()
    tab = Tab(reader.take)
    for _ in range(MOST_FRAMES * 2):
        await tab.push("delta", is_delta=True)
    assert len(reader.frames) == MOST_FRAMES + 1
    await tab.push("finished", is_delta=False)
    assert reader.frames[-1] == "finished"


async def test_few_long_frames_count_as_much_as_many_short_ones() -> None:
    reader = Reader()
    tab = Tab(reader.take)
    for _ in range(10):
        await tab.push("x" * (MOST_BYTES // 4), is_delta=True)
    assert len(reader.frames) == 5


async def test_whoever_catches_up_is_told_what_was_missed() -> None:
    reader = Reader()
    tab = Tab(reader.take)
    for _ in range(MOST_FRAMES * 2):
        await tab.push("delta", is_delta=True)
    assert not tab.acked(10)
    assert tab.acked(MOST_FRAMES)
    await tab.push("delta", is_delta=True)
    assert reader.frames[-1] == "delta"
    assert not tab.acked(MOST_FRAMES), "an old number is nothing new"
    assert not tab.acked(10**9), "what was not sent cannot have been read"
