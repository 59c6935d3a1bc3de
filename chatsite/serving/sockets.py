"""The shortest way out for a frame under daphne: framed here, and given to the kernel at once.

autobahn and Twisted spend half of what a relayed token costs on the same two steps: they prepare log lines that nobody
reads, and wait for the next turn of the loop, with two changes to epoll for each frame.
"""

from __future__ import annotations

from typing import Any

from daphne.ws_protocol import WebSocketProtocol
from twisted.internet.tcp import Server

_TEXT, _BINARY = 0x81, 0x82


class DirectConnection(Server):
    """Sends what the kernel takes; only the rest waits in Twisted's buffer."""

    def write(self, data: bytes) -> None:
        """See twisted.internet.interfaces.ITransport."""
        if self.connected and not (self._writeDisconnected or self.dataBuffer or self._tempDataBuffer or self.TLS):
            try:
                sent = self.socket.send(data)
            except OSError:
                sent = 0  # full, or gone: Twisted finds out, and tells the protocol
            data = data[sent:]
        if data:
            super().write(data)  # type: ignore[no-untyped-call]


class DirectSocket(WebSocketProtocol):  # type: ignore[misc]  # daphne has no types
    """An accepted socket's messages leave as single unmasked frames (RFC 6455 §5.2); the rest is autobahn's."""

    _last: tuple[str, bytes] = "", b""  # of all sockets: what many are told is the same object, and framed once

    def serverSend(self, content: Any, binary: bool = False) -> None:  # noqa: N802
        """A message of the application's."""
        if self.state != self.STATE_OPEN:
            super().serverSend(content, binary)
            return
        if binary:
            self.transport.write(_header(_BINARY, len(content)) + content)
            return
        text, frame = DirectSocket._last
        if text is not content:
            payload = content.encode()
            frame = _header(_TEXT, len(payload)) + payload
            DirectSocket._last = content, frame
        self.transport.write(frame)


def _header(kind: int, size: int) -> bytes:
    if size < 126:
        return bytes((kind, size))
    if size < 65536:
        return bytes((kind, 126)) + size.to_bytes(2, "big")
    return bytes((kind, 127)) + size.to_bytes(8, "big")
