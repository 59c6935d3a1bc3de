"""The figures of all processes of a site on this machine, whichever of them is asked.

Each listens on a Unix socket in the data folder, which only its user may enter, and writes its figures to whoever
connects. A process that is gone refuses, and its socket is removed. Machines and containers that share the folder have
the same numbers for their processes, so each asks its own.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import time
from contextlib import suppress
from functools import cache
from hashlib import blake2s
from pathlib import Path

from django.conf import settings

from chatsite.health.figures import families
from conversations.telemetry.families import Family

log = logging.getLogger(__name__)

SECONDS = 1.0
"""What another process may take to answer; one that takes longer is left out this time."""
LONGEST_PATH = 100  # bytes: a socket's name has 104 or 108
UNASKED_DAYS = 30
"""A socket of elsewhere that was not asked for so long is one that a restart or a removed container left."""
_servers: list[asyncio.Server] = []


async def listen() -> None:
    """From now on others find this process. Where that cannot be, each answers for itself."""
    own = _socket(os.getpid())
    try:
        own.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        own.unlink(missing_ok=True)
        _clear(own.parent)
        if len(os.fsencode(own)) > LONGEST_PATH:
            raise OSError("the path of the data folder is too long for a socket")
        _servers.append(await asyncio.start_unix_server(_tell, own))
    except OSError as error:
        log.info("the figures are this process's only: %s", error)


def leave() -> None:
    """Be found no more."""
    while _servers:
        _servers.pop().close()
        _socket(os.getpid()).unlink(missing_ok=True)


async def everybodys() -> list[Family]:
    """The figures of this process and of all others that answer in time."""
    own = _socket(os.getpid())
    neighbours = sorted(own.parent.glob(f"{_place()}-*.sock")) if own.parent.is_dir() else []
    others = [path for path in neighbours if path != own]
    found = await asyncio.gather(*(_ask(path) for path in others))
    return [*families(), *(family for each in found for family in each)]


def _socket(pid: int) -> Path:
    return Path(settings.DATA_DIR) / "metrics" / f"{_place()}-{pid}.sock"


@cache
def _place() -> str:
    """Where the number of a process means one only: this start of this machine, and this container on it."""
    parts = [socket.gethostname()]
    with suppress(OSError):  # Linux
        parts += [Path("/proc/sys/kernel/random/boot_id").read_text(), os.readlink("/proc/self/ns/pid")]
    return blake2s(" ".join(parts).encode(), digest_size=4).hexdigest()


def _clear(folder: Path) -> None:
    oldest = time.time() - UNASKED_DAYS * 86400
    for path in folder.glob("*.sock"):
        with suppress(FileNotFoundError):
            if not path.name.startswith(_place()) and path.stat().st_mtime < oldest:
                path.unlink()


def _forget(path: Path) -> None:
    path.unlink(missing_ok=True)


async def _tell(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        os.utime(_socket(os.getpid()))
        writer.write(json.dumps([family.plain() for family in families()]).encode())
        await writer.drain()
    writer.close()


async def _ask(path: Path) -> list[Family]:
    try:
        async with asyncio.timeout(SECONDS):
            reader, writer = await asyncio.open_unix_connection(path)
            try:
                text = await reader.read(-1)
            finally:
                writer.close()
        return [Family.of(plain) for plain in json.loads(text)]
    except ConnectionRefusedError:
        _forget(path)  # its process was killed
    except (OSError, ValueError, TypeError) as error:
        log.info("no figures from %s: %s", path.stem, error)
    return []
