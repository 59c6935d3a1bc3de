"""Databases for the sites of a run, migrated once and then copied: a start's migrations are a third of its time."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg.sql import SQL, Composed, Identifier

ROOT = Path(__file__).resolve().parent.parent
FILE = "chatsite.sqlite3"


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
