"""Requests whose bodies have an end: daphne writes each to the disk, whole, before anybody is asked whether it may.

And that are read once: twisted would take forms and uploads apart in memory, for nobody, and refuse those that it
cannot read before the site is asked.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from daphne.http_protocol import HTTPFactory, WebRequest

BODY_LIMIT = 64 * 1024 * 1024
"""Bytes. What a door takes is less, and said in its own words; this only keeps the disk from filling."""

_ANSWER = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class BoundedRequest(WebRequest):  # type: ignore[misc]  # daphne has no types
    """Hangs up on a body beyond the limit, whether its length was announced or grows."""

    _taken = 0
    _is_refused = False

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        """The headers are there; without a length the body comes in chunks."""
        is_too_long = length is not None and length > BODY_LIMIT
        super().gotLength(0 if is_too_long else length)
        if is_too_long:
            self._refuse()

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        """A piece of the body."""
        self._taken += len(data)
        if self._taken > BODY_LIMIT and not self._is_refused:
            self._refuse()
        if not self._is_refused:
            super().handleContentChunk(data)

    def process(self) -> Any:
        """The request is whole."""
        return None if self._is_refused else super().process()

    def _refuse(self) -> None:
        self._is_refused = True
        self.channel.transport.write(_ANSWER)
        self.channel.loseConnection()


def make_requests(factory: HTTPFactory, kind: type[BoundedRequest]) -> None:
    """Let the connections of `factory` make requests of that kind."""
    build = factory.buildProtocol

    def bounded(address: Any) -> Any:
        protocol = build(address)
        protocol.requestFactory = partial(kind, parsePOSTFormSubmission=False)
        return protocol

    factory.buildProtocol = bounded
