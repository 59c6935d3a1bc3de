"""Whether somebody else has the database open: what they write while it is replaced or moved would be lost."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from django.db import connections

from conversations.backups.databases import beside
from conversations.backups.errors import Refused

_STOP = "The database is in use: stop the site first (every process of it), then try again."


def refuse_when_open(using: str) -> None:
    """Raises Refused when another process, or another connection of this one, has it open."""
    connection = connections[using]
    if connection.vendor == "sqlite":
        connection.close()
        refuse_open_file(Path(str(connection.settings_dict["NAME"])))
        return
    connection.close()
    with beside(using, "looking") as alias, connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        others = cursor.fetchone()[0]
    if others:
        raise Refused(_STOP)


def refuse_open_file(path: Path) -> None:
    """The same for a file of SQLite, which holds all that was written afterwards: its log is empty and gone."""
    if not path.exists():
        return
    database = sqlite3.connect(path, timeout=0)
    try:
        # Leaving the write-ahead log is what SQLite allows to the only connection alone. The site goes back to it.
        database.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        raise Refused(_STOP) from error
    finally:
        database.close()
