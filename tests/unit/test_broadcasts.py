"""The hub: a tab that fails is nobody else's trouble."""

from __future__ import annotations

import pytest

from conversations.live.broadcasts import Hub
from conversations.live.protocol.events import Pong


class Tab:
    """Takes frames, or fails as servers do when a socket closes under their hands."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.frames: list[str] = []
        self.failure = failure

    async def push(self, frame: str, *, is_delta: bool) -> None:
        if self.failure:
            raise self.failure
        self.frames.append(frame)

    async def recheck(self) -> None:
        raise AssertionError


@pytest.mark.parametrize("failure", [ConnectionResetError(), RuntimeError("Attempt to send on a closed protocol")])
async def test_a_tab_that_closes_while_it_is_told_stops_nobody(failure: Exception) -> None:
    hub = Hub()
    tabs = [Tab(), Tab(failure), Tab()]
    for tab in tabs:
        await hub.subscribe("user.1", tab)
    await hub.publish("user.1", Pong())
    assert [len(tab.frames) for tab in tabs] == [1, 0, 1]
    await hub.publish("user.1", Pong())
    assert [len(tab.frames) for tab in tabs] == [2, 0, 2]
