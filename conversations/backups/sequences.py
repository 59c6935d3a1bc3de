"""The last number that each table has given: a number of something deleted is never given again, in no copy either."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connections
from django.db.models import AutoField, BigAutoField, SmallAutoField

from conversations.backups.tables import Table

_COUNTING = (AutoField, BigAutoField, SmallAutoField)


def read(using: str, found: Sequence[Table]) -> dict[str, int]:
    """By table, those that have given any."""
    connection = connections[using]
    counted = _counted(found)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, seq FROM sqlite_sequence")
            return {name: last for name, last in cursor.fetchall() if name in counted and last}
        last = {}
        for name, column in counted.items():
            cursor.execute("SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, %s)::regclass)", [name, column])
            last[name] = cursor.fetchone()[0]
    return {name: number for name, number in last.items() if number}


def write(using: str, found: Sequence[Table], last: dict[str, int]) -> None:
    """The next numbers come after these."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for name, column in _counted(found).items():
            if name not in last:
                continue
            if connection.vendor == "sqlite":
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [name])
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [name, last[name]])
            else:
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [name, column, last[name]])


def _counted(found: Sequence[Table]) -> dict[str, str]:
    """The column that counts, by table."""
    keys = {table.name: table.model._meta.pk for table in found}
    return {name: str(key.column) for name, key in keys.items() if isinstance(key, _COUNTING)}
