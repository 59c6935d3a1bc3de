"""The calls of this process that wait for a person's word."""

from __future__ import annotations

import asyncio
from typing import Literal

Decision = Literal["once", "conversation", "refuse"]
PATIENCE = 15 * 60.0


class Approvals:
    """One per process. A call that is not decided in time counts as refused."""

    def __init__(self) -> None:
        self._waiting: dict[int, asyncio.Future[Decision]] = {}

    async def ask(self, message: int) -> Decision | None:
        """The decision on the call of `message`; None when nobody decided."""
        decided: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
        self._waiting[message] = decided
        try:
            async with asyncio.timeout(PATIENCE):
                return await decided
        except TimeoutError:
            return None
        finally:
            del self._waiting[message]

    def decide(self, message: int, decision: Decision) -> bool:
        """Whether the call waited here."""
        decided = self._waiting.get(message)
        if decided is None:
            return False
        if not decided.done():
            decided.set_result(decision)
        return True
