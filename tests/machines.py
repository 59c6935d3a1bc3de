"""Servers that a test stops, starts again, and lets hang: a Redis and a PostgreSQL, each on a port that it keeps."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from chatsite.checks.servers import cluster, find_or_install, free_port, program

PATIENCE = 60.0


class Machine:
    """A server in a process of its own."""

    def __init__(self, command: list[str], port: int, **options: Any) -> None:
        self.port = port
        self._command = command
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return when it takes connections."""
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            **self._options,
        )  # fmt: skip
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise TimeoutError(self._command[0])

    def stop(self, number: int = signal.SIGKILL) -> None:
        """End it at once; harmless when it has ended."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(number)
            self._process.wait(PATIENCE)
            self._process = None

    def pause(self) -> None:
        """It keeps its connections and answers nobody."""
        assert self._process
        os.kill(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """The opposite of `pause`."""
        assert self._process
        os.kill(self._process.pid, signal.SIGCONT)


@contextmanager
def redis() -> Iterator[Machine]:
    """A Redis that keeps nothing over a restart."""
    find_or_install()
    port = free_port()
    machine = Machine([program("redis-server"), "--port", str(port), "--save", "", "--appendonly", "no"], port)
    machine.start()
    try:
        yield machine
    finally:
        machine.stop()


@contextmanager
def postgresql(folder: Path, **settings: str) -> Iterator[Machine]:
    """A PostgreSQL with these settings, which keeps its data over a restart; its user is `chatsite`."""
    find_or_install()
    command, port, options = cluster(folder, **settings)
    machine = Machine(command, port, **options)
    machine.start()
    try:
        _wait_until_it_lets_in(port)
        yield machine
    finally:
        machine.stop(signal.SIGINT)


def _wait_until_it_lets_in(port: int) -> None:
    """It takes connections a moment before, and says that it is starting up."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(f"postgres://chatsite@127.0.0.1:{port}/postgres").close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
