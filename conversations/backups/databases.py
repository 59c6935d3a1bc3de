"""Databases under names of their own for a while: a second one, or a second look at the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from django.db import connections, router, transaction
from django.db.models import Model

from chatsite.environment import database_at

_STILL = {"isolation_level": 3}  # psycopg.IsolationLevel.REPEATABLE_READ: SQLite's sites do not load psycopg


@contextmanager
def opened(url: str, alias: str) -> Iterator[str]:
    """The database at `url` (as in `DATABASE_URL`) as `alias`. Raises ImproperlyConfigured for another kind of URL."""
    found = database_at(url)
    found["OPTIONS"].pop("pool", None)
    with _known_as(alias, connections.configure_settings({"default": {}, alias: found})[alias]):
        yield alias


@contextmanager
def meant(using: str) -> Iterator[None]:
    """Whoever names no database means this one: other people's migrations seldom name the one that they are run on."""
    router.routers.insert(0, here := _Here(using))
    try:
        yield
    finally:
        router.routers.remove(here)


@contextmanager
def snapshot(using: str) -> Iterator[str]:
    """The alias under which the database stands still, while others go on writing to it.

    A transaction that only reads: of SQLite with its write-ahead log, and REPEATABLE READ of PostgreSQL.
    """
    reading = {"transaction_mode": "DEFERRED"} if connections[using].vendor == "sqlite" else _STILL
    with beside(using, f"{using}_standing_still", reading) as alias, transaction.atomic(using=alias):
        with connections[alias].cursor() as cursor:  # it stands still from the first reading on
            cursor.execute("SELECT COUNT(*) FROM django_migrations")
        yield alias


@contextmanager
def beside(using: str, alias: str, options: dict[str, Any] | None = None) -> Iterator[str]:
    """One more connection to the same database, outside of any pool."""
    found = deepcopy(connections[using].settings_dict)
    found["OPTIONS"] = {name: value for name, value in found["OPTIONS"].items() if name != "pool"} | (options or {})
    with _known_as(alias, found):
        yield alias


class _Here:
    """A router that knows one way."""

    def __init__(self, using: str) -> None:
        self._using = using

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        return self._using

    db_for_write = db_for_read


@contextmanager
def _known_as(alias: str, settings: dict[str, Any]) -> Iterator[str]:
    connections.settings[alias] = settings
    try:
        yield alias
    finally:
        connections[alias].close()
        del connections[alias]
        del connections.settings[alias]
