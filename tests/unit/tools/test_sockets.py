"""The direct way out: what the kernel does not take waits in Twisted's buffer, in order; frames have right heads."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.protocol import Protocol
from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT, State
from websockets.protocol import Protocol as Reader

from chatsite.serving.sockets import DirectConnection, DirectSocket


class Reactor:
    """Notes who waits to write."""

    def __init__(self) -> None:
        self.writers: set[Any] = set()

    def addReader(self, reader: Any) -> None:  # noqa: N802
        """Nothing is read here."""

    def addWriter(self, writer: Any) -> None:  # noqa: N802
        self.writers.add(writer)

    def removeWriter(self, writer: Any) -> None:  # noqa: N802
        self.writers.discard(writer)


@pytest.fixture
def ends() -> Iterator[tuple[DirectConnection, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    connection = DirectConnection(ours, Protocol(), ("127.0.0.1", 0), None, 0, Reactor())  # type: ignore[arg-type]
    connection.connected = 1
    yield connection, theirs
    ours.close()
    theirs.close()


def test_a_small_frame_is_sent_before_write_returns(ends: tuple[DirectConnection, socket.socket]) -> None:
    connection, theirs = ends
    connection.write(b"token")
    assert theirs.recv(100) == b"token"
    assert not connection.reactor.writers


def test_what_a_slow_reader_leaves_follows_in_order(ends: tuple[DirectConnection, socket.socket]) -> None:
    connection, theirs = ends
    sent = [bytes([65 + index]) * 300_000 for index in range(8)]
    for data in sent:
        connection.write(data)
    assert connection.reactor.writers == {connection}
    got = b""
    while len(got) < 8 * 300_000:
        got += theirs.recv(1 << 20)
        if connection.reactor.writers:
            connection.doWrite()  # type: ignore[no-untyped-call]
    assert got == b"".join(sent)
    assert not connection.reactor.writers
    connection.write(b"again at once")
    assert theirs.recv(100) == b"again at once"


def test_writing_to_somebody_who_left_is_no_error(ends: tuple[DirectConnection, socket.socket]) -> None:
    connection, theirs = ends
    theirs.close()
    connection.write(b"lost")
    assert connection.reactor.writers == {connection}


@pytest.mark.parametrize("size", [1, 125, 126, 65535, 65536])
def test_frames_are_read_by_another_implementation(size: int) -> None:
    class Wire:
        data = b""

        def write(self, data: bytes) -> None:
            self.data += data

    door = DirectSocket.__new__(DirectSocket)
    door.state, door.transport = DirectSocket.STATE_OPEN, Wire()
    text = "ü" + "x" * (size - 2) if size > 1 else "x"
    for content in (text, text, "other", text):  # the same one again, as to another viewer
        door.serverSend(content)
    door.serverSend(text.encode(), binary=True)
    reader = Reader(CLIENT, state=State.OPEN)
    reader.receive_data(door.transport.data)
    frames = [frame for frame in reader.events_received() if isinstance(frame, Frame)]
    said = [(frame.opcode, frame.data, frame.fin) for frame in frames]
    whole, other = (Opcode.TEXT, text.encode(), True), (Opcode.TEXT, b"other", True)
    assert said == [whole, whole, other, whole, (Opcode.BINARY, text.encode(), True)]
