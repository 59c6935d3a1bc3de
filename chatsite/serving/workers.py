"""Several processes behind one address: each accepts from the same socket, and one that dies is replaced."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)
SHORTEST_LIFE = 5.0  # seconds; a worker that lives less would only die again


class Workers:
    """Keeps `count` copies of a command running. Each gets the socket as an inherited descriptor.

    A worker's standard input is a pipe that closes when this process is gone, however it went: that is its sign to end.
    """

    def __init__(self, command: list[str], listener: socket.socket, count: int) -> None:
        self._command = command
        self._listener = listener
        self._count = count
        self._running: dict[int, tuple[subprocess.Popen[bytes], float]] = {}
        self._is_stopping = False
        self._failed = False

    def run(self) -> bool:
        """Return when SIGINT or SIGTERM has ended all of them; False when they could not be kept running."""
        for number in SIGNALS:
            signal.signal(number, self._stop)
        for _ in range(self._count):
            self._start()
        while self._running:
            pid, status = os.wait()
            process, began = self._running.pop(pid)
            process.returncode = os.waitstatus_to_exitcode(status)
            if not self._is_stopping:
                self._replace(began)
        return not self._failed

    def _start(self) -> None:
        # A session of its own keeps the terminal's Ctrl-C from it: this process passes it on, once.
        process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, pass_fds=[self._listener.fileno()], start_new_session=True
        )
        self._running[process.pid] = process, time.monotonic()
        if self._is_stopping:  # the signal came while it was being made
            process.terminate()

    def _replace(self, began: float) -> None:
        if time.monotonic() - began < SHORTEST_LIFE:
            self._failed = True
            self._stop()
        else:
            self._start()

    def _stop(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        self._is_stopping = True
        for process, _ in self._running.values():
            os.kill(process.pid, signal.SIGTERM)
