"""A PostgreSQL and a Redis of the tests' own: found or installed, started on free ports, thrown away afterwards."""

from __future__ import annotations

import itertools
import os
import pwd
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from chatsite.checks import packages
from chatsite.checks.packages import Missing

PATIENCE = 60.0  # seconds for a server to answer
PORTS = range(20_000, 32_000)
"""Below those that Linux (from 32768) and macOS (from 49152) give to connections."""
_places = itertools.count(random.randrange(len(PORTS)))  # runs side by side are at different places


@contextmanager
def servers(**settings: str) -> Iterator[dict[str, str]]:
    """The environment that names both servers, which run while the block does; `settings` are PostgreSQL's.

    Raises Missing.
    """
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="chatsite-servers-")))
        folder.chmod(0o755)
        database = running.enter_context(_postgresql(folder / "postgresql", **settings))
        layer = running.enter_context(_redis(folder / "redis"))
        yield {"DATABASE_URL": database, "REDIS_URL": layer}


def find_or_install() -> None:
    """Make sure that both programs are there, in one download. Raises Missing."""
    wanted = [package for name, package in (("postgres", "postgresql"), ("redis-server", "redis-server"))
              if not _find(name)]  # fmt: skip
    if wanted:
        packages.install(*wanted)


@contextmanager
def _postgresql(folder: Path, **settings: str) -> Iterator[str]:
    command, port, options = cluster(folder, **settings)
    with _running(command, port, folder, options):
        yield f"postgres://chatsite@127.0.0.1:{port}/postgres"


def cluster(folder: Path, **settings: str) -> tuple[list[str], int, dict[str, Any]]:
    """Make an empty cluster in a new folder: the command that serves it, its port, and what `Popen` is to be told.

    Raises Missing.
    """
    folder.mkdir()
    owner = _unprivileged()
    if owner:
        shutil.chown(folder, owner, pwd.getpwnam(owner).pw_gid)
    data = str(folder / "data")
    made = subprocess.run(
        [program("initdb"), "-D", data, "-U", "chatsite", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
        **_as(owner), cwd=folder, capture_output=True, text=True,
    )  # fmt: skip
    if made.returncode:
        raise Missing(f"PostgreSQL did not start: {made.stderr.strip().splitlines()[-1]}")
    port = free_port()
    own = {"port": str(port), "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
    # It has transactions of its own, at its own times: what waits until older ones have ended would wait for them too.
    own["autovacuum"] = "off"
    words = [word for name, value in {**own, **settings}.items() for word in ("-c", f"{name}={value}")]
    return [program("postgres"), "-D", data, *words], port, {**_as(owner), "cwd": folder}


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    folder.mkdir()
    port = free_port()
    command = [program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    command += ["--databases", "4096"]  # one for each site of the tests
    with _running(command, port, folder, {"cwd": folder}):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def _running(command: list[str], port: int, folder: Path, options: dict[str, Any]) -> Iterator[None]:
    with open(folder / "log", "w+") as log:
        process = subprocess.Popen(command, **options, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            _wait(process, port, folder / "log")
            yield
        finally:
            process.terminate()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    last = log.read_text(errors="replace").strip().splitlines()[-1:]
    raise Missing(f"The server of {log.parent.name} did not answer: {' '.join(last)}")


def _find(name: str) -> str | None:
    # Debian keeps PostgreSQL's programs off the PATH, a folder a version.
    own = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(own[-1]) if own else shutil.which(name)


def program(name: str) -> str:
    """Where a server's program is. Raises Missing."""
    found = _find(name)
    if not found:
        raise Missing(f"{name}: not found")
    return found


def _unprivileged() -> str | None:
    """Who PostgreSQL runs as: it refuses root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _as(owner: str | None) -> dict[str, Any]:
    return {"user": owner, "group": pwd.getpwnam(owner).pw_gid, "extra_groups": []} if owner else {}


def free_port() -> int:
    """A port of this machine that nobody listens on, that no connection is given for its own end, and never the same
    twice. Raises Missing.
    """
    for place in itertools.islice(_places, len(PORTS)):
        port = PORTS[place % len(PORTS)]
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise Missing("No port of this machine is free.")
