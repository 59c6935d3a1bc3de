"""A channel layer without a server: processes of one data folder (the site, a chat in the terminal) hear each other.

Each listens on a Unix socket in a folder that only its user may enter, and connects to those it finds there. What it
has to say goes over the connections that it made itself: its name, the groups it is in, and messages for theirs, a
JSON object a line. One that does not read is dropped, and comes back when it does. Like every layer it may lose
messages; where it cannot listen, there are no neighbours.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
from pathlib import Path
from typing import Any

from channels.layers import BaseChannelLayer

log = logging.getLogger(__name__)

LONGEST_PATH = 100  # bytes: a socket's name has 104 or 108
LONGEST_LINE = 8 * 1024 * 1024
MOST_UNREAD = 4 * 1024 * 1024
LOOK_AGAIN_SECONDS = 1.0


class _Neighbour:
    """Another process: where to write to it, and the groups that it is in."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.groups: set[str] = set()

    def tell(self, **value: object) -> bool:
        """Send a line; False when it is gone, or has not read for so long that it counts as gone."""
        transport = self.writer.transport
        if transport.is_closing() or transport.get_write_buffer_size() > MOST_UNREAD:
            return False
        self.writer.write(json.dumps(value).encode() + b"\n")
        return True


class NeighbourLayer(BaseChannelLayer):  # type: ignore[misc] # channels has no types
    """One process has one channel, which `new_channel` makes on the running loop; `leave` ends it."""

    extensions = ("groups",)

    def __init__(self, folder: str, **config: Any) -> None:
        super().__init__(**config)
        self._folder = Path(folder)
        self._entry: int | None = None
        self._own = ""
        self._received: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._groups: set[str] = set()
        self._neighbours: dict[str, _Neighbour] = {}
        self._connecting: set[str] = set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[object]] = set()

    @property
    def has_neighbours(self) -> bool:
        """Whether anybody would hear."""
        return bool(self._neighbours)

    async def new_channel(self, prefix: str = "process") -> str:
        """Listen, and find those who do already."""
        self._own = secrets.token_hex(5)
        self._received = asyncio.Queue()
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._server = await asyncio.start_unix_server(self._hear, self._address(self._own), limit=LONGEST_LINE)
            await self._look()
        except OSError as error:
            log.info("no neighbours: %s", error)
        return f"{prefix}!{self._own}"

    async def leave(self) -> None:
        """Listen no more, and be found by nobody."""
        if self._server is not None:
            self._server.close()
            self._server = None
            (self._folder / self._own).unlink(missing_ok=True)
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        for name in tuple(self._neighbours):
            self._forget(name)
        self._groups.clear()
        if self._entry is not None:
            os.close(self._entry)
            self._entry = None

    async def receive(self, channel: str) -> dict[str, Any]:
        """The next message of a group that this process is in."""
        return await self._received.get()

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        """To the own channel; there is no other to name."""
        self._received.put_nowait(message)

    async def group_add(self, group: str, channel: str) -> None:
        """From now on its messages are wanted here."""
        self._groups.add(group)
        self._tell_all(join=group)

    async def group_discard(self, group: str, channel: str) -> None:
        """The opposite of `group_add`."""
        self._groups.discard(group)
        self._tell_all(leave=group)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """To everybody else who is in it; the own process is not among them."""
        for name, neighbour in tuple(self._neighbours.items()):
            if group in neighbour.groups and not neighbour.tell(message=message):
                self._forget(name)

    # Finding each other

    async def _look(self) -> None:
        for path in sorted(self._folder.iterdir()):
            if path.is_socket():
                await self._connect(path.name)

    async def _connect(self, name: str) -> None:
        if name in {self._own, *self._neighbours, *self._connecting} or not name.isalnum():
            return
        self._connecting.add(name)
        try:
            _reader, writer = await asyncio.open_unix_connection(self._address(name))
        except ConnectionRefusedError:
            (self._folder / name).unlink(missing_ok=True)  # its process was killed
            return
        except OSError:
            return
        finally:
            self._connecting.discard(name)
        neighbour = self._neighbours[name] = _Neighbour(writer)
        neighbour.tell(hello=self._own, groups=sorted(self._groups))

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """What one neighbour says, to its end."""
        name, task = "", asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
        try:
            while line := await reader.readline():
                told = json.loads(line)
                if not isinstance(told, dict):
                    raise ValueError("not an object")
                if "hello" in told:
                    name = str(told["hello"])
                    await self._connect(name)
                self._take(name, told)
        except (OSError, ValueError) as error:
            log.info("neighbour %s: %s", name, error)
        except asyncio.CancelledError:
            pass  # the streams of Python 3.11 report a handler that was cancelled as a fault
        finally:
            if task is not None:
                self._tasks.discard(task)
            writer.close()
            self._forget(name)
            self._look_again()

    def _take(self, name: str, told: dict[str, Any]) -> None:
        neighbour = self._neighbours.get(name)
        if neighbour is not None:
            neighbour.groups |= {*told.get("groups", ()), *([told["join"]] if "join" in told else ())}
            neighbour.groups.discard(told.get("leave", ""))
        if "message" in told:
            self._received.put_nowait(told["message"])

    def _look_again(self) -> None:
        """One that only slept must be found by us, or we by it, whoever is the first to notice."""
        if self._server is not None:
            task = asyncio.get_running_loop().create_task(self._look_later())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _look_later(self) -> None:
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        with contextlib.suppress(OSError):
            await self._look()

    def _forget(self, name: str) -> None:
        gone = self._neighbours.pop(name, None)
        if gone is not None:
            gone.writer.transport.abort() if gone.writer.transport.get_write_buffer_size() else gone.writer.close()

    def _tell_all(self, **value: object) -> None:
        for name, neighbour in tuple(self._neighbours.items()):
            if not neighbour.tell(**value):
                self._forget(name)

    def _address(self, name: str) -> str:
        path = str(self._folder / name)
        if len(os.fsencode(path)) <= LONGEST_PATH:
            return path
        if self._entry is None:
            self._entry = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        return f"/proc/self/fd/{self._entry}/{name}"
