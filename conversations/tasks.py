"""Running things beside a handler: detached tasks that are never lost, and threads for the database.

The threads are our own because `database_sync_to_async` sends every call of every socket through one thread:
a slow query of one person would hold up everybody's.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import ParamSpec, TypeVar

from django.db import OperationalError, ProgrammingError, connections

P = ParamSpec("P")
R = TypeVar("R")

STORAGE_ERRORS = (OperationalError, ProgrammingError)
"""The database is away, locked, or being changed to newer tables: that one is `ProgrammingError` on PostgreSQL only."""

_running: set[asyncio.Task[object]] = set()
_readers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="reader")
# One writer: SQLite takes one at a time anyway, and queueing here is fair where its busy handler is not.
_writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")
_watchers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="watcher")


def spawn(work: Coroutine[object, object, object], name: str) -> asyncio.Task[object]:
    """Run `work` as a task of the process: the loop itself keeps only weak references."""
    task = asyncio.create_task(work, name=name)
    _running.add(task)
    task.add_done_callback(_running.discard)
    return task


async def read(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call `function`, which only reads the database, in one of the reading threads."""
    return await _call(_readers, function, *args, **kwargs)


async def write(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call `function`, which writes to the database, in the writing thread."""
    return await _call(_writer, function, *args, **kwargs)


async def watch(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call `function`, which finds out how database or disk are, in a thread that nothing else waits for."""
    return await _call(_watchers, function, *args, **kwargs)


async def _call(pool: ThreadPoolExecutor, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    work = functools.partial(contextvars.copy_context().run, _in_thread, functools.partial(function, *args, **kwargs))
    return await asyncio.get_running_loop().run_in_executor(pool, work)


def _in_thread(function: Callable[[], R]) -> R:
    _let_go()
    try:
        return function()
    finally:
        _let_go()


def _let_go() -> None:
    """Give back what a pool lends. SQLite's stay with their threads: whoever closes the last one of a file pays for
    a checkpoint of the whole log, and the next one for reading the schema."""
    for connection in connections.all(initialized_only=True):
        if connection.vendor == "sqlite":
            connection.close_at = None
        connection.close_if_unusable_or_obsolete()


def uncancel() -> None:
    """The cancellation has been heard; what the task stores and tells now must not take it for its own."""
    task = asyncio.current_task()
    while task is not None and task.uncancel():
        pass


def close_threads() -> None:
    """Close the database connections of the threads; for tests, before their database goes."""
    for pool, workers in ((_readers, 4), (_writer, 1), (_watchers, 2)):
        together = Barrier(workers)  # or one thread would do it for another
        for done in [pool.submit(_close, together) for _ in range(workers)]:
            done.result()


def _close(together: Barrier) -> None:
    together.wait()
    connections.close_all()
