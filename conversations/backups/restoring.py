"""Bringing a site back from a backup: the database, the files and the keys, each whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from conversations.backups import archive, loading, sequences
from conversations.backups.archive import File, Part, members
from conversations.backups.databases import opened
from conversations.backups.errors import Differs, Refused
from conversations.backups.in_use import refuse_open_file
from conversations.backups.tables import Table
from conversations.backups.writing import KEYS
from conversations.uploads import storage

NEW = "restored"


def restore(path: Path, *, force: bool = False, using: str = DEFAULT_DB_ALIAS) -> dict[str, Any]:
    """Check the backup, then fill the database and the data folder with it; its manifest.

    With `force` a database of SQLite and keys that are there go to `DATA_DIR/backups/replaced-…`; uploads are only
    added to. Raises Damaged, Refused (nothing was changed), Differs (the database was left as it was), or OSError.
    """
    manifest, moment = archive.check(path), datetime.now(UTC)
    if not force:
        _refuse_what_is_there(manifest, using)
    with _database(using, moment) as target:
        wanted = [(app, name) for app, name in manifest["migrations"]]
        loading.prepare(target, wanted)
        with loading.filling(target) as found:
            _fill(path, manifest, found, target)
            sequences.write(target, found, manifest["last_numbers"])
        loading.finish(target)
        _add_uploads(path)
    _put_keys(path, moment)
    return manifest


def _aside(moment: datetime) -> Path:
    """The folder that takes what is replaced."""
    folder = Path(settings.DATA_DIR) / "backups" / f"replaced-{moment:%Y%m%dT%H%M%SZ}"
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _refuse_what_is_there(manifest: dict[str, Any], using: str) -> None:
    connection = connections[using]
    if connection.vendor != "sqlite" or Path(str(connection.settings_dict["NAME"])).exists():
        loading.refuse_what_is_used(using)
    if manifest["uploads"] and any(storage.folder().glob("??/*")):
        raise Refused(f"{storage.folder()} holds files. Restore into an empty DATA_DIR, or add to it with --force.")


@contextmanager
def _database(using: str, moment: datetime) -> Iterator[str]:
    """What is to be filled. A file of SQLite takes the place of the old one when the block has come to its end."""
    connection = connections[using]
    if connection.vendor != "sqlite":
        loading.refuse_what_is_used(using)  # with `force` too: its tables are for its owner to drop
        yield using
        return
    connection.close()
    old = Path(str(connection.settings_dict["NAME"]))
    new = old.with_name(f"{old.name}.restored")
    refuse_open_file(old)
    try:
        with opened(f"sqlite:///{quote(str(new))}", NEW) as target:
            yield target
        refuse_open_file(new)  # so that its log is empty and gone
        if old.exists():
            shutil.move(old, _aside(moment) / old.name)
        new.replace(old)
    finally:
        for ending in ("", "-wal", "-shm", "-journal"):
            new.with_name(new.name + ending).unlink(missing_ok=True)


def _fill(path: Path, manifest: dict[str, Any], found: list[Table], target: str) -> None:
    known = {table.name: table for table in found}
    for name, told in manifest["tables"].items():
        if name not in known or known[name].columns != told["columns"]:
            raise Refused(f"This Chatsite's table {name} has other columns than the backup's.")
    for member in members(path):
        if isinstance(member, Part):
            table = known[member.table]
            table.insert(target, (table.read(json.loads(line)) for line in member.lines))
    for name, told in manifest["tables"].items():
        if not known[name].sum(target).is_as(told):
            raise Differs(f"The rows of {name} did not arrive as they were. The database is as it was before.")


def _add_uploads(path: Path) -> None:
    for member in members(path):
        if isinstance(member, File) and member.name.startswith("uploads/"):
            _store(member, Path(settings.DATA_DIR) / member.name)


def _put_keys(path: Path, moment: datetime) -> None:
    """What is there, of a first start for example, is kept aside."""
    for member in members(path):
        if not isinstance(member, File) or member.name not in KEYS:
            continue
        kept = Path(settings.DATA_DIR) / member.name
        if kept.exists():
            shutil.copy2(kept, _aside(moment) / kept.name)
        _store(member, kept)


def _store(member: File, kept: Path) -> None:
    """Whole or not at all, for nobody else to read."""
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = kept.with_name(f"{kept.name}.part")
    try:
        with open(part, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            shutil.copyfileobj(member.content, file)
        part.replace(kept)
    finally:
        part.unlink(missing_ok=True)
