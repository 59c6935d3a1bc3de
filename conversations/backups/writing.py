"""Writing a backup while the site runs: the database as it was at one instant, and the files that it names."""

from __future__ import annotations

import os
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from conversations.backups import sequences
from conversations.backups.archive import Writer, is_kept
from conversations.backups.databases import snapshot
from conversations.backups.errors import Refused
from conversations.backups.tables import heads, tables
from conversations.uploads import storage

KEYS = ("secret_key", "signing_key")
_COARSE = 2.0  # seconds that a file's time may be off


@dataclass(frozen=True, slots=True)
class Wish:
    """What is put into it. Without the keys, nobody who has the file can read the keys of model servers."""

    uploads: bool = True
    keys: bool = True


def write(
    path: Path, wish: Wish | None = None, *, force: bool = False, using: str = DEFAULT_DB_ALIAS
) -> dict[str, Any]:
    """Write `path` whole or not at all, for nobody else to read; its manifest.

    `DATA_DIR/backups`, where those are that `up` takes, is made when it is missing; no other folder is. Raises Refused
    when the file is there and not to be replaced, its folder is not, or the database is a newer Chatsite's; OSError.
    """
    if path.exists() and not force:
        raise Refused(f"{path} is there already. Choose another name, or replace it with --force.")
    if path.parent.absolute() == own_folder():
        own_folder().mkdir(mode=0o700, exist_ok=True)
    if not path.parent.is_dir():
        raise Refused(f"There is no folder {path.parent}. Make it, or choose another place for {path.name}.")
    with _whole(path) as file:
        return _write(file, wish or Wish(), using)


def own_folder() -> Path:
    """Where the site itself keeps backups."""
    return Path(settings.DATA_DIR).absolute() / "backups"


def _write(file: IO[bytes], wish: Wish, using: str) -> dict[str, Any]:
    vendor, began = connections[using].vendor, time.time()
    keys = [name for name in KEYS if wish.keys and (Path(settings.DATA_DIR) / name).exists()]
    begin = {
        "version": version(),
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "database": vendor,
        "migrations": heads(using),
        "uploads": wish.uploads,
        "keys": keys,
    }
    writer = Writer(file, begin)
    # Whatever a row names was written before the row. So first what is there already, and at the end what came since:
    # a file that is deleted meanwhile is not missed by the rows, which are read in between.
    if wish.uploads:
        _add_uploads(writer, 0, began - _COARSE)
    with snapshot(using) as still:
        for table in (found := tables(still)):
            writer.add_table(table.name, table.columns, table.rows(still))
        last = sequences.read(still, found)
    if wish.uploads:
        _add_uploads(writer, began - _COARSE, float("inf"))
    for name in keys:
        writer.add_file(name, Path(settings.DATA_DIR) / name)
    return writer.finish(last)


def _add_uploads(writer: Writer, since: float, before: float) -> None:
    for path in sorted(storage.folder().glob("??")):
        for file in sorted(path.iterdir()):
            name = f"uploads/{path.name}/{file.name}"
            if is_kept(name) and since <= _written(file) < before:
                writer.add_file(name, file)


def _written(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return -1.0


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """The file below `path` with `.part` at its end until it is whole and on the disk."""
    part = path.with_name(f"{path.name}.part")
    try:
        with open(part, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def version() -> str:
    """This Chatsite's."""
    described = tomllib.loads((Path(settings.BASE_DIR) / "pyproject.toml").read_text())
    return str(described["project"]["version"])
