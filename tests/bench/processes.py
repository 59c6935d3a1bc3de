"""The processes of a benchmark: upstream, and server on a throw-away data folder; and what the system says of them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Process:
    """A running process and the port it listens on."""

    pid: int
    port: int

    def cpu(self) -> float:
        """Seconds of CPU so far, of all its threads."""
        stat = Path(f"/proc/{self.pid}/stat")
        if stat.exists():
            fields = stat.read_text().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / TICKS
        clock = _ps(self.pid, "time").replace("-", ":").split(":")
        return sum(float(part) * 60.0**power for power, part in enumerate(reversed(clock)))

    def memory(self) -> float:
        """Megabytes resident."""
        return int(_ps(self.pid, "rss")) / 1024

    def written(self) -> int | None:
        """Bytes that it has given to `write` on files (sockets do not count); None where the system does not tell."""
        try:
            lines = Path(f"/proc/{self.pid}/io").read_text().splitlines()
        except OSError:
            return None
        return next(int(line.split()[1]) for line in lines if line.startswith("wchar"))


@dataclass(slots=True)
class Stage:
    """What a measurement works with; `cookies` are signed-in people, `talks` the seeded conversations by length.

    `restart` ends the server as an operator does and starts it again at the same port.
    """

    server: Process
    upstream: Process
    cookies: list[str]
    talks: dict[int, tuple[str, int]]
    restart: Callable[[], None] = lambda: None


@contextmanager
def stage(people: int, *arguments: str, **variables: str) -> Iterator[Stage]:
    """Both processes, and `people` accounts, for as long as the block runs; `up` with the arguments and variables."""
    folder = tempfile.mkdtemp(prefix="bench-")
    running: list[subprocess.Popen[str]] = []
    try:
        upstream = _start([sys.executable, "-m", "tests.bench.upstream"], dict(os.environ), running)
        environment = _environment(folder, upstream.port, variables)
        seed = [sys.executable, "-m", "tests.bench.seed", str(people)]
        seeded = json.loads(subprocess.run(seed, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE).stdout)
        talks = {int(length): (talk[0], talk[1]) for length, talk in seeded["talks"].items()}
        command = [sys.executable, "manage.py", "up", "--no-open", *arguments]

        def start() -> Process:
            with open(f"{folder}/server.log", "a") as log:
                return _start(command, environment, running, log)

        def restart() -> None:
            old = running.pop()
            old.send_signal(signal.SIGTERM)
            old.wait(20)
            environment["PORT"] = str(found.server.port)
            found.server = start()

        found = Stage(start(), upstream, seeded["cookies"], talks, restart)
        yield found
    finally:
        _show_end(Path(folder) / "server.log")
        for process in reversed(running):
            process.send_signal(signal.SIGTERM)
            process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _environment(folder: str, upstream: int, variables: dict[str, str]) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "chatsite.settings",
        "DATA_DIR": folder,
        "HOST": "127.0.0.1",
        "PORT": "0",
        "OLLAMA_HOST": f"127.0.0.1:{upstream}",
        "OLLAMA_NUM_PARALLEL": "512",
        "SIGNUP": "open",
        "DATABASE_URL": "",
        "REDIS_URL": "",
        **variables,
    }


def _start(
    command: list[str], environment: dict[str, str], running: list[subprocess.Popen[str]], log: IO[str] | None = None
) -> Process:
    """Start it, and read its port from the first line that names one."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
    running.append(process)
    assert process.stdout is not None
    for line in process.stdout:
        digits = line.split(" (")[0].strip().rpartition(":")[2]
        if digits.isdecimal():
            return Process(process.pid, int(digits))
    raise RuntimeError(f"{command[1:]} ended before it listened")


def _show_end(log: Path) -> None:
    """What the server complained of last."""
    if log.exists():
        lines = log.read_text().splitlines()
        print(*([f"{len(lines)} lines in the server's log, the last:", *lines[-5:]] if lines else []), sep="\n")


def _ps(pid: int, what: str) -> str:
    return subprocess.run(["ps", "-o", f"{what}=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
