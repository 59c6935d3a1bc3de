"""The commands of the terminal with a data folder of their own: before a person, and in a pipe."""

from __future__ import annotations

import codecs
import os
import pty
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests import databases
from tests.nursery.process import Process, can_bear
from tests.sites import Site

ROOT = databases.ROOT
PATIENCE = 120.0  # seconds
PROMPT = "\x1b[?2004h"  # what a terminal is told once as each prompt begins; its signs are drawn again and again


class Data:
    """A data folder that has accounts, and no site that runs on it: `stores` name its database and its Redis."""

    def __init__(self, folder: Path, ollama: str = "127.0.0.1:9", **stores: str) -> None:
        self.folder = folder
        self.ollama = ollama
        self.stores = stores

    @classmethod
    def bare(cls, folder: Path, ollama: str = "127.0.0.1:9") -> Data:
        """A new one on what the run is on, with an empty database or none."""
        return cls(folder, ollama, **databases.own_database(is_bare=True), **databases.own_redis())

    @classmethod
    def migrated(cls, folder: Path) -> Data:
        """A new one whose database has its tables."""
        databases.lay(folder)
        return cls(folder, **databases.own_database(), **databases.own_redis())

    @classmethod
    def of(cls, site: Site) -> Data:
        """A running site's own."""
        names = {"DATABASE_URL", "REDIS_URL"} & site.environment.keys()
        return cls(site.folder, **{name: site.environment[name] for name in names})

    def copy_to(self, folder: Path, ollama: str) -> Data:
        """The same again elsewhere, with its model server at another address."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        stores = self.stores | databases.own_redis()
        if "DATABASE_URL" in stores:
            stores["DATABASE_URL"] = databases.copy_of(stores["DATABASE_URL"])
        data = Data(folder, ollama, **stores)
        data.rows("UPDATE conversations_backend SET address = ? WHERE name = 'ollama'", ollama)
        return data

    @property
    def environment(self) -> dict[str, str]:
        without = ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL")
        kept = {name: value for name, value in os.environ.items() if name not in without}
        own = {"DATA_DIR": str(self.folder), "OLLAMA_HOST": self.ollama, "TERM": "xterm", "PYTHONUNBUFFERED": "1"}
        return {**kept, **self.stores, **own}

    def manage(self, *args: str, piped: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        with self._process("manage.py", *args, stdin=subprocess.PIPE) as process:
            try:
                printed, said = process.communicate(piped, PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        return subprocess.CompletedProcess(args, process.returncode, printed, said)

    def begin(self, *args: str, command: str = "chat") -> subprocess.Popen[str]:
        """Begin a command in a pipe."""
        return self._process("manage.py", command, *args, stdin=subprocess.DEVNULL)

    def _process(self, *words: str, stdin: int) -> Process:
        return Process(
            [sys.executable, *words],
            cwd=ROOT,
            env=self.environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What is in the database, or what an UPDATE makes of it."""
        return databases.rows(self.environment, query, *values)

    def replies(self) -> list[tuple[str, str]]:
        """State and text of all replies, oldest first."""
        return self.rows("SELECT state, content FROM conversations_message WHERE role = 'assistant' ORDER BY id")


class Terminal:
    """A command with a pseudo-terminal for a person's hands and eyes. Use it as a context manager."""

    def __init__(self, data: Data, *args: str, command: str = "chat", **environment: str) -> None:
        self._hands, eyes = pty.openpty()
        words = [sys.executable, "manage.py", command, *args]
        environment = {**data.environment, **environment}
        if not can_bear(words, ROOT, environment):
            words = [sys.executable, "-c", _LEADER, *words]
        self.process = Process(
            words,
            cwd=ROOT,
            env=environment,
            stdin=eyes,
            stdout=eyes,
            stderr=eyes,
            start_new_session=True,
        )
        os.close(eyes)
        self._seen = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")()  # what is read may end within a character

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        os.close(self._hands)

    def type(self, keys: str) -> None:
        os.write(self._hands, keys.encode())

    def enter(self, line: str) -> str:
        """Type a line, and read to the next prompt."""
        self.type(line + "\r")
        return self.read_until(PROMPT)

    def read_until(self, text: str) -> str:
        """Everything that has come since the last call, up to `text`; `text` may only come now."""
        until = time.monotonic() + PATIENCE
        while text not in self._seen:
            ready, _, _ = select.select([self._hands], [], [], until - time.monotonic())
            assert ready, f"{text!r} did not come, only {self._seen!r}"
            self._seen += self._decoder.decode(os.read(self._hands, 65536))
        before, self._seen = self._seen.split(text, 1)
        return before

    def press_until(self, key: str, text: str) -> None:
        """Press until `text` comes: a signal between prompt and wait is noticed by readline with the next key only."""
        until = time.monotonic() + PATIENCE
        while text not in self._seen and time.monotonic() < until:
            self.type(key)
            again = time.monotonic() + 3
            while text not in self._seen and select.select([self._hands], [], [], max(0, again - time.monotonic()))[0]:
                self._seen += self._decoder.decode(os.read(self._hands, 65536))
        self.read_until(text)

    def leave(self) -> int:
        """The exit status, now that it is about to end."""
        return self.process.wait(PATIENCE)


# Ctrl-C goes to the processes of the terminal that controls them, which a new session has to ask for; ours ask.
_LEADER = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"


def wait_until(condition: Callable[[], bool]) -> None:
    """Look again and again, for what tells nobody that it has happened."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)
