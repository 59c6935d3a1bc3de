"""One socket under ASGI: frames come in one after another, and leave by the shortest way that the server has."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer

from chatsite.serving.extensions import SEND_TEXT
from conversations.live.tab import DONE


class Door(AsyncConsumer):  # type: ignore[misc]  # channels has no types
    """Of a consumer only `dispatch` and what is done at the end are left to write.

    The base class makes three tasks for each frame, to wait for a channel of its own too, which ours do not use.
    """

    _send_text: Callable[[str], None] | None = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve it. However it ends, nobody keeps the tab: a server cancels what hangs when its client is gone."""
        self.scope, self.base_send = scope, send
        self._send_text = scope.get("extensions", {}).get(SEND_TEXT)
        try:
            with contextlib.suppress(StopConsumer):
                while True:
                    await self.dispatch(await receive())
        finally:
            await self._leave()

    async def _leave(self) -> None:
        """Be found by nobody any more."""

    def _send_frame(self, frame: str) -> Awaitable[None]:
        if self._send_text is not None:
            self._send_text(frame)
            return DONE
        sent: Awaitable[None] = self.base_send({"type": "websocket.send", "text": frame})
        return sent
