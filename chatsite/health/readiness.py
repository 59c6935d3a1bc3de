"""Whether this process can do its work, and what is wrong when it cannot do all of it.

Each part has its own time. One that does not answer is `slow`, and is not asked again before it has answered.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from django.apps import apps
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils.module_loading import import_string

from conversations.generation.engine import engine
from conversations.tasks import watch

SECONDS = 2.0
"""What each part may take."""
LOW_BYTES = 512 * 1024**2
FULL_BYTES = 64 * 1024**2
Standing = Literal["ok", "degraded", "unavailable"]
_ORDER: tuple[Standing, ...] = ("ok", "degraded", "unavailable")


@dataclass(frozen=True, slots=True)
class Part:
    """How a part stands: `why` is one word, `figures` are for operators only."""

    name: str
    standing: Standing = "ok"
    why: str = "ok"
    figures: dict[str, object] = field(default_factory=dict)


_looking: dict[str, asyncio.Task[Part]] = {}


async def look() -> list[Part]:
    """All parts, in at most `SECONDS`."""
    checks = {"database": _database, "disk": _disk, "redis": _redis}
    found = await asyncio.gather(*(_bounded(name, check) for name, check in checks.items()))
    database, disk, redis = found
    return [_process(), database, _migrations(database), redis, disk, _writer()]


def standing_of(parts: list[Part]) -> Standing:
    """That of the worst."""
    return max((part.standing for part in parts), key=_ORDER.index)


async def _bounded(name: str, check: Callable[[], Awaitable[Part]]) -> Part:
    task = _looking.get(name)
    if task is None or task.done() or task.get_loop() is not asyncio.get_running_loop():
        task = _looking[name] = asyncio.ensure_future(check())
    done, _waiting = await asyncio.wait([task], timeout=SECONDS)
    return task.result() if done else Part(name, "degraded" if name == "redis" else "unavailable", "slow")


def _process() -> Part:
    if engine.is_drained or engine.runner.is_draining:
        return Part("process", "unavailable", "draining")
    return Part("process")


async def _database() -> Part:
    try:
        applied = await watch(_applied)
    except Error:
        return Part("database", "unavailable", "away")
    return Part("database", figures={"applied": applied})


def _applied() -> set[tuple[str, str]]:
    """From the disk, not from a cache of the connection."""
    return set(MigrationRecorder(connection).migration_qs.values_list("app", "name"))


def _migrations(database: Part) -> Part:
    applied = database.figures.pop("applied", None)
    if not isinstance(applied, set):
        return Part("migrations", "unavailable", "unknown")
    missing = sorted(".".join(each) for each in migrations_of_the_code() - applied)
    return Part("migrations", "unavailable", "missing", {"missing": missing}) if missing else Part("migrations")


@cache
def migrations_of_the_code() -> set[tuple[str, str]]:
    """App and name of each file of migrations; importing them all would take memory for ever."""
    folders = {app.label: Path(app.path) / "migrations" for app in apps.get_app_configs()}
    return {(label, file.stem) for label, folder in folders.items() for file in folder.glob("[0-9]*.py")}


async def _redis() -> Part:
    layer = settings.CHANNEL_LAYERS["default"]
    if not layer.get("CONFIG", {}).get("hosts"):
        return Part("redis", why="not_used")
    address = layer["CONFIG"]["hosts"][0]["address"]
    client = import_string("redis.asyncio.Redis").from_url(address, socket_timeout=SECONDS)
    try:
        await client.ping()
    except (OSError, import_string("redis.exceptions.RedisError")):
        return Part("redis", "degraded", "away")
    finally:
        await client.aclose()
    return Part("redis")


async def _disk() -> Part:
    try:
        free, is_writable = await watch(_space)
    except OSError:
        return Part("disk", "unavailable", "away")
    figures: dict[str, object] = {"free_bytes": free}
    if not is_writable:
        return Part("disk", "unavailable", "read_only", figures)
    if free < FULL_BYTES:
        return Part("disk", "unavailable", "full", figures)
    return Part("disk", "degraded", "low", figures) if free < LOW_BYTES else Part("disk", figures=figures)


def _space() -> tuple[int, bool]:
    return shutil.disk_usage(settings.DATA_DIR).free, os.access(settings.DATA_DIR, os.W_OK)


def _writer() -> Part:
    lag = engine.runner.scribe.lag(engine.runner.running)
    is_behind = lag > settings.LEASE_SECONDS
    figures: dict[str, object] = {"checkpoint_lag_seconds": round(lag, 1)}
    return Part("writer", "degraded", "behind", figures) if is_behind else Part("writer", figures=figures)
