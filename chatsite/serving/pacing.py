"""Back pressure for answers: who sends a long one waits until its reader has taken what was sent.

daphne has none of its own: a download of any size lay in memory when its reader was slow.
"""

from __future__ import annotations

import asyncio
from typing import Any

from chatsite.serving.bodies import BoundedRequest


class Pace:
    """A producer as Twisted wants it (`twisted.internet.interfaces.IPushProducer`): told when to wait."""

    def __init__(self) -> None:
        self._is_free = asyncio.Event()
        self._is_free.set()

    def pauseProducing(self) -> None:  # noqa: N802
        """The reader is behind."""
        self._is_free.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        """It has caught up."""
        self._is_free.set()

    def stopProducing(self) -> None:  # noqa: N802
        """It is gone: whoever waits finds out by itself."""
        self._is_free.set()

    async def wait(self) -> None:
        """Until more may be sent."""
        await self._is_free.wait()


class PacedRequest(BoundedRequest):
    """A request whose answer, when it comes in several pieces, knows how its reader keeps up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pace = Pace()

    def handle_reply(self, message: dict[str, Any]) -> None:
        """A part of the answer."""
        is_open = not self.finished and self.channel is not None
        if message.get("more_body") and is_open and self.producer is None:
            self.registerProducer(self.pace, True)
        super().handle_reply(message)

    def finish(self) -> None:
        """The answer is whole."""
        if self.producer is not None:
            self.unregisterProducer()
        super().finish()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        """The reader is gone."""
        self.pace.stopProducing()
        super().connectionLost(reason)
