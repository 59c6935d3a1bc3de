"""Moving all rows from one database to another, SQLite or PostgreSQL, and comparing each of them afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from conversations.backups import loading, sequences
from conversations.backups.databases import opened, snapshot
from conversations.backups.errors import Differs, Refused
from conversations.backups.rows import line_of
from conversations.backups.tables import Table, heads, tables

Row = TypeVar("Row")
TARGET = "target"
_BATCH = 200


def move(url: str, using: str = DEFAULT_DB_ALIAS, say: Callable[[str, int], None] | None = None) -> int:
    """Copy everything into the empty database at `url`; how many rows that were. `say` hears of each table.

    All rows arrive or none. Raises Refused (nothing was begun), Differs (taken back), or what Django raises for a
    database that cannot be reached or does not take a value.
    """
    newest = MigrationExecutor(connections[using]).loader.graph.leaf_nodes()
    if set(heads(using)) != set(newest):
        raise Refused("This database is not up to date: start the site once (manage.py up), stop it, and move then.")
    with opened(url, TARGET) as target:
        loading.refuse_what_is_used(target)
        loading.prepare(target, heads(using))
        with snapshot(using) as still, loading.filling(target) as found:
            for table in found:
                for rows in batches(table.rows(still)):
                    table.insert(target, rows)
            total = 0
            for table in found:
                total += (count := compare(table, still, target))
                if say:
                    say(table.name, count)
            sequences.write(target, found, sequences.read(still, tables(still)))
        loading.finish(target)
    return total


def compare(table: Table, using: str, target: str) -> int:
    """How many rows both have. Raises Differs that names the first row that is not the same."""
    count = 0
    for rows in batches(table.rows(using)):
        there = {row[table.key]: line_of(row) for row in table.rows(target, [row[table.key] for row in rows])}
        for row in rows:
            if there.get(row[table.key]) != line_of(row):
                raise Differs(f"Row {row[table.key]} of {table.name} did not arrive as it was. Nothing was kept.")
        count += len(rows)
    if (arrived := table.model._base_manager.using(target).count()) != count:
        raise Differs(f"{table.name} has {arrived} rows instead of {count}. Nothing was kept.")
    return count


def batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """A few at a time."""
    while some := list(islice(rows, _BATCH)):
        yield some
