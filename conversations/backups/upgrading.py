"""The backup that `up` takes before it changes a database that is in use."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS

from conversations.backups.tables import heads
from conversations.backups.writing import Wish, own_folder, version, write

KEPT = 5


def back_up(using: str = DEFAULT_DB_ALIAS) -> Path | None:
    """Rows and keys; no uploads, which no migration touches. None of a new database. The oldest of these go.

    It is named by date, by the version that is about to change the database, and by the last migration that it has.
    Raises Refused, or OSError.
    """
    last = dict(heads(using)).get("conversations")
    if last is None:
        return None
    folder = own_folder()
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-before-{version()}-at-{last}.tar"
    write(path, Wish(uploads=False), force=True, using=using)
    for old in sorted(folder.glob("*-before-*.tar"))[:-KEPT]:
        old.unlink(missing_ok=True)
    return path
