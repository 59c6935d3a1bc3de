"""Databases for the sites of a run, migrated once and then copied: a start's migrations are a third of its time."""

from __future__ import annotations

import atexit
import itertools
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg.sql import SQL, Composed, Identifier

ROOT = Path(__file__).resolve().parent.parent
FILE = "chatsite.sqlite3"
PATIENCE = 60.0  # seconds for a lock of SQLite
_numbers = itertools.count(1)


def lay(folder: Path) -> None:
    """Put a migrated database into a new site's folder, unless one is there."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / FILE).exists():
        shutil.copyfile(_file(), folder / FILE)


def on_server(url: str) -> str:
    """The address of a new migrated database on the PostgreSQL server that `url` names."""
    name = f"site_{uuid.uuid4().hex}"
    _create(url, SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(_template(url))))
    return _at(url, name)


def bare_on_server(url: str) -> str:
    """The address of a new database there that has nothing in it."""
    name = f"site_{uuid.uuid4().hex}"
    _create(url, SQL("CREATE DATABASE {}").format(Identifier(name)))
    return _at(url, name)


def own_database(*, is_bare: bool = False) -> dict[str, str]:
    """A new database beside the one that `DATABASE_URL` names, where the run is on PostgreSQL; migrated, or `bare`."""
    url = os.environ.get("DATABASE_URL", "")
    make = bare_on_server if is_bare else on_server
    return {"DATABASE_URL": make(url)} if url.startswith("postgres") else {}


def own_redis() -> dict[str, str]:
    """A number of its own on the Redis that `REDIS_URL` names: limits by address count there, for all who share it."""
    url = os.environ.get("REDIS_URL", "")
    return {"REDIS_URL": urlsplit(url)._replace(path=f"/{next(_numbers)}").geturl()} if url else {}


def copy_of(url: str) -> str:
    """The address of a copy of a database on a PostgreSQL server. Nobody may be connected to it."""
    name = f"site_{uuid.uuid4().hex}"
    template = Identifier(urlsplit(url).path[1:])
    _create(_at(url, "postgres"), SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), template))
    return _at(url, name)


def rows(environment: Mapping[str, str], query: str, *values: object) -> list[tuple[Any, ...]]:
    """What the database of a site with this environment answers; `?` stands for a value. An UPDATE is kept.

    Identifiers are told as SQLite keeps them, on PostgreSQL too.
    """
    url = environment.get("DATABASE_URL", "")
    if url.startswith("postgres"):
        with psycopg.connect(url) as server:
            found = server.execute(query.replace("?", "%s"), values)
            return [tuple(map(_plain, row)) for row in found] if found.description else []
    with closing(sqlite3.connect(_path(environment), timeout=PATIENCE)) as file, file:
        return file.execute(query, values).fetchall()


def _plain(value: object) -> object:
    return value.hex if isinstance(value, uuid.UUID) else value


@contextmanager
def locked(environment: Mapping[str, str], table: str) -> Iterator[None]:
    """Nobody else writes to that table while the block runs, and reading goes on; on SQLite, to no table."""
    url = environment.get("DATABASE_URL", "")
    if url.startswith("postgres"):
        with psycopg.connect(url) as server:
            server.execute(SQL("LOCK TABLE {} IN EXCLUSIVE MODE").format(Identifier(table)))
            yield
            server.rollback()
        return
    with closing(sqlite3.connect(_path(environment), timeout=PATIENCE, isolation_level=None)) as file:
        file.execute("BEGIN IMMEDIATE")
        yield
        file.execute("ROLLBACK")


def _path(environment: Mapping[str, str]) -> Path:
    url = environment.get("DATABASE_URL", "")
    return Path(url.removeprefix("sqlite:///")) if url else Path(environment["DATA_DIR"]) / FILE


@cache
def _file() -> Path:
    folder = tempfile.mkdtemp(prefix="chatsite-template-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _migrate(DATA_DIR=folder, DATABASE_URL="")
    return Path(folder) / FILE


@cache
def _template(url: str) -> str:
    name = f"template_{uuid.uuid4().hex}"
    _create(url, SQL("CREATE DATABASE {}").format(Identifier(name)))
    _migrate(DATABASE_URL=_at(url, name))
    return name


def _migrate(**environment: str) -> None:
    inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env={**inherited, **environment}, check=True)


def _create(url: str, statement: Composed) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def _at(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()
