"""A real Chatsite: `manage.py up` in a process and a data folder of its own, to be used, killed and started again."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Self

from chatsite.checks.servers import free_port
from tests import databases
from tests.nursery.process import Process

ROOT = databases.ROOT
READY = re.compile(r"Chatsite is on (http://\S+)")
PATIENCE = 120.0  # seconds for a start or an end


class Site:
    """Start it, and it answers at `address`; it keeps its port and its data over restarts.

    Its database is migrated already, and its imports are done, unless it is `bare`. With `begins_anew` only its
    database is.
    """

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self.folder = folder
        self.is_bare = self.begins_anew = False
        self.patience = PATIENCE
        self.arguments = arguments
        self.address = ""
        self.environment = {
            "DATA_DIR": str(folder),
            "SIGNUP": "open",
            "OLLAMA_HOST": "127.0.0.1:9",
            "OPENAI_BASE_URL": "",
            **({} if "DATABASE_URL" in environment else databases.own_database()),
            **({} if "REDIS_URL" in environment else databases.own_redis()),
            **environment,
        }
        self._port = str(free_port())
        self._lines: list[str] = []
        self._process: subprocess.Popen[str] | None = None
        self._listener: threading.Thread | None = None
        self._is_ready = threading.Event()

    @classmethod
    def bare(cls, folder: Path, *arguments: str, **environment: str) -> Site:
        """One that begins with an empty folder, as a stranger's does."""
        database = {} if "DATABASE_URL" in environment else databases.own_database(is_bare=True)
        site = cls(folder, *arguments, **database, **environment)
        site.is_bare = site.begins_anew = True
        return site

    @property
    def output(self) -> str:
        """What it has printed so far, its log included."""
        return "".join(self._lines)

    @property
    def process(self) -> subprocess.Popen[str]:
        assert self._process, "not started"
        return self._process

    def start(self) -> Self:
        """Return when the first page can be asked for. Raises RuntimeError with what it printed instead."""
        if self._listener is not None:
            self._listener.join(PATIENCE)  # or the end of the last process would pass for this one's start
        if not self.is_bare and not self.environment.get("DATABASE_URL"):
            databases.lay(self.folder)
        self._is_ready.clear()
        inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        begin = subprocess.Popen[str] if self.begins_anew else Process
        self._process = begin(
            [sys.executable, "manage.py", "up", "--no-open", *self.arguments],
            cwd=ROOT,
            env={**inherited, **self.environment, "PORT": self._port, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._listener = threading.Thread(target=self._listen, args=(self._process,), daemon=True)
        self._listener.start()
        if not self._is_ready.wait(self.patience) or not self.address:
            self.kill()
            raise RuntimeError(f"The site did not start:\n{self.output}")
        return self

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it as an operator would; its exit status."""
        self.process.send_signal(number)
        status = self.process.wait(self.patience)
        if self._listener is not None:
            self._listener.join(PATIENCE)  # or its last words may not be in `output` yet
        return status

    def close(self) -> None:
        """Make sure that nothing of it is left running."""
        if self._process and self._process.poll() is None:
            self.kill()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        for line in process.stdout:
            self._lines.append(line)
            found = READY.search(line)
            if found:
                self.address = found[1]
                self._port = self.address.rpartition(":")[2]
                self._is_ready.set()
        self._is_ready.set()
