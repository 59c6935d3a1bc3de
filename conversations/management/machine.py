"""What a command needs of the process around it: signals, the engine on a loop, and one way to end badly."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import stat
import sys
from collections.abc import Callable, Coroutine
from io import TextIOWrapper
from typing import Any, TextIO

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection

from conversations.backends.base import BackendError
from conversations.faults import library_fault
from conversations.generation.engine import engine
from conversations.management.chat.screen import visible
from conversations.models import User

FAILED, USAGE, STOPPED = 1, 2, 128 + signal.SIGINT


def prepare_process() -> None:
    """Logs only what matters, and lets Ctrl-C and a polite end arrive."""
    logging.getLogger().setLevel(logging.WARNING)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a script's background job begins without it
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a sign shows another


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run `work` with the engine. Raises CommandError in plain words; Ctrl-C exits with its status."""
    prepare_process()
    prepare_database()
    try:
        asyncio.run(_with_engine(work))
    except KeyboardInterrupt:
        sys.exit(STOPPED)
    except BrokenPipeError:
        let_go_of_output()
        sys.exit(FAILED)
    except BackendError as error:
        raise failure(error.code, error.detail) from error
    except DatabaseError as error:
        raise failure("storage_busy", str(error)) from error


def prepare_database() -> None:
    """Make one in a new installation; to bring one up to date is the site's business. Raises CommandError."""
    try:
        if User._meta.db_table not in connection.introspection.table_names():
            sys.stderr.write("Making the database …\n")
            call_command("migrate", interactive=False, verbosity=0)
        User.objects.exists()  # the engine would wait for a database, and log that it does
    except DatabaseError as error:
        raise CommandError(f"The database is not ready: {error}\nStart the site once with: manage.py up") from error


def failure(code: str, detail: str = "") -> CommandError:
    """What went wrong, what to do, and the server's own words."""
    words = library_fault(code)
    return CommandError("\n".join(filter(None, (f"{words.text} {words.advice}", visible(detail)))))


def let_go_of_output() -> None:
    """Nobody reads any more; the interpreter's last flush must not say so once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def is_redirected(stream: TextIO) -> bool:
    """Whether a pipe or a file was given on purpose: a service has something else there that may never end."""
    mode = os.fstat(stream.fileno()).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)


async def _with_engine(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    engine.start()
    try:
        await engine.ready()
        await work()
    finally:
        await engine.drain()
