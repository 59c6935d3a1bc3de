"""Where things are kept: database, Redis, disk."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.utils.module_loading import import_string

from conversations.management.doctor.clock import judged
from conversations.management.doctor.findings import Finding, fault, note, well

OLDEST_POSTGRESQL = 13
_POOL = 16
"""Connections that each process may take: `chatsite.environment`."""
_SYNCHRONOUS = {0: "OFF", 1: "NORMAL", 2: "FULL", 3: "EXTRA"}
_LOW_GB = 2.0


def of_database() -> Iterator[Finding]:
    """Its settings, and whether it has all migrations."""
    try:
        yield from _of_sqlite() if connection.vendor == "sqlite" else _of_postgresql()
        loader = MigrationLoader(connection)
        missing = sorted(set(loader.disk_migrations) - set(loader.applied_migrations))
    except Error as error:
        words = str(error).partition("\n")[0]
        yield fault("database", f"It does not answer: {words}", "Start it; check DATABASE_URL, or DATA_DIR for SQLite.")
        return
    if missing:
        names = ", ".join(map(".".join, missing[:3]))
        says = f"{len(missing)} migrations are missing: {names}{' …' if len(missing) > 3 else ''}"
        yield fault("database", says, "Stop the site, back up, and start it with manage.py up.")


def _of_sqlite() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        found = [cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    yield sqlite_judged(sqlite3.sqlite_version, str(found[0]), int(found[1]))


def sqlite_judged(version: str, journal: str, synchronous: int) -> Finding:
    """By what the database says of itself."""
    says = f"SQLite {version}, journal {journal}, synchronous {_SYNCHRONOUS.get(synchronous, synchronous)}."
    if journal != "wal":
        change = (
            "Put DATA_DIR on a local disk: WAL does not work on network shares, and without it readers hold writers up."
        )
        return fault("database", says, change)
    if not synchronous:
        return fault("database", says, "A power cut may destroy it: leave synchronous at NORMAL.")
    return well("database", says)


def _of_postgresql() -> Iterator[Finding]:
    asked = ("server_version", "server_version_num", "fsync", "synchronous_commit", "max_connections")
    with connection.cursor() as cursor:
        began = time.time()
        cursor.execute("SELECT extract(epoch FROM clock_timestamp()), (SELECT count(*) FROM pg_stat_activity)")
        now, used = cursor.fetchone()
        clock = judged("the database", float(now) - (began + time.time()) / 2)
        cursor.execute("SELECT " + ", ".join(f"current_setting('{name}')" for name in asked))
        found = dict(zip(asked, map(str, cursor.fetchone()), strict=True))
    yield from postgresql_judged(found, int(used))
    yield clock


def postgresql_judged(found: dict[str, str], used: int) -> Iterator[Finding]:
    """By the server's settings and the number of its connections."""
    most = int(found["max_connections"])
    says = f"PostgreSQL {found['server_version']}, {used} of {most} connections."
    if int(found["server_version_num"]) < OLDEST_POSTGRESQL * 10_000:
        yield fault("database", says, f"Move to PostgreSQL {OLDEST_POSTGRESQL} or newer.")
    elif most - used < _POOL:
        change = f"Raise max_connections: each process takes up to {_POOL}."
        yield note("database", says, change)
    else:
        yield well("database", says)
    for name, change in (
        ("fsync", "A power cut may destroy the database: set fsync = on."),
        ("synchronous_commit", "A message that was acknowledged may be lost in a power cut: set it on."),
    ):
        if found[name] == "off":
            yield fault("database", f"{name} is off.", change)


def of_redis() -> Iterator[Finding]:
    """Whether it answers, where there is one."""
    layer = settings.CHANNEL_LAYERS["default"]
    if not layer.get("CONFIG", {}).get("hosts"):
        yield well("redis", "Not used: right for one process on one machine.")
        return
    redis_error = import_string("redis.exceptions.RedisError")
    client = import_string("redis.Redis").from_url(layer["CONFIG"]["hosts"][0]["address"], socket_timeout=5)
    try:
        began = time.time()
        seconds, microseconds = client.time()
        clock = judged("Redis", seconds + microseconds / 1e6 - (began + time.time()) / 2)
        about = client.info()
    except (OSError, redis_error) as error:
        yield fault("redis", f"It does not answer: {error}", "Start it, and check REDIS_URL.")
        return
    finally:
        client.close()
    yield redis_judged(about)
    yield clock


def redis_judged(about: dict[str, object]) -> Finding:
    """By its INFO."""
    most, used = int(str(about.get("maxmemory", 0))), int(str(about.get("used_memory", 0)))
    says = f"Redis {about.get('redis_version')}, {used / 1e6:.0f} MB{f' of {most / 1e6:.0f}' if most else ''}."
    if most and used > 0.9 * most:
        return fault("redis", says, "It is full, and tabs will miss events: raise maxmemory.")
    return well("redis", says)


def of_disk() -> Iterator[Finding]:
    """Whether the data folder takes anything, how much, and who may read the key."""
    folder = Path(settings.DATA_DIR)
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
        free = shutil.disk_usage(folder).free / 1e9
    except OSError as error:
        yield fault(
            "disk",
            f"{folder} cannot be written to: {error.strerror}",
            "Make it writable for this user, and free space.",
        )
        return
    says = f"{free:.1f} GB are free at {folder}."
    yield note("disk", says, "Free some, or move DATA_DIR.") if free < _LOW_GB else well("disk", says)
    key = folder / "secret_key"
    if key.exists() and key.stat().st_mode & 0o077:
        yield fault("disk", f"Others on this machine can read {key}.", f"chmod 600 {key}")
