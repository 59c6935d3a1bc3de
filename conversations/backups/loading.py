"""Filling an empty database with rows from elsewhere, in one transaction: all of them or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from conversations.backups.databases import meant
from conversations.backups.errors import Refused
from conversations.backups.tables import Heads, Table, heads, tables
from conversations.search import schema

MADE_BY_MIGRATIONS = frozenset({
    "auth_group", "auth_group_permissions", "auth_permission", "conversations_backend", "conversations_change",
    "conversations_sitesettings", "django_content_type", "django_session",
})  # fmt: skip
"""What a database holds before anybody has an account: no reason not to fill it."""


def refuse_what_is_used(using: str) -> None:
    """Raises Refused when there is anything in it that somebody made."""
    there = set(connections[using].introspection.table_names())
    found = [
        table.name
        for table in tables(using)
        if table.name in there - MADE_BY_MIGRATIONS and table.model._base_manager.using(using).exists()
    ]
    if found:
        raise Refused(
            f"The database is in use: there are rows in {', '.join(found[:5])}"
            f"{' and more' if len(found) > 5 else ''}. Name an empty one."
        )


def prepare(using: str, wanted: Heads) -> None:
    """Bring an empty database to these migrations. Raises Refused when it is further already."""
    executor = MigrationExecutor(connections[using])
    unknown = [f"{app}.{name}" for app, name in wanted if (app, name) not in executor.loader.graph.node_map]
    if unknown:
        raise Refused(f"It was made by a newer Chatsite ({', '.join(unknown[:5])}): use that one.")
    plan = executor.migration_plan(wanted)
    if any(backwards for _migration, backwards in plan) or (heads(using) and not plan and heads(using) != wanted):
        raise Refused("The database has been prepared by a newer Chatsite. Name one without tables.")
    with meant(using):
        executor.migrate(wanted, plan)


@contextmanager
def filling(using: str) -> Iterator[list[Table]]:
    """All tables, empty and without their triggers, to be filled in the block; then indexed, checked and kept.

    What raises in the block, or a row that names one that is not there, leaves the database as it was.
    """
    connection, found = connections[using], tables(using)
    with transaction.atomic(using=using), _quiet(connection, found):
        with connection.cursor() as cursor:
            for table in found:
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(table.name)}")  # noqa: S608
        yield found
        if "conversations_message_search" in connection.introspection.table_names():
            schema.fill(connection)


def finish(using: str) -> None:
    """Whatever the newest Chatsite does to a database."""
    with meant(using):
        call_command("migrate", database=using, interactive=False, verbosity=0)


@contextmanager
def _quiet(connection: BaseDatabaseWrapper, found: Sequence[Table]) -> Iterator[None]:
    """Without triggers: what they would write is among the rows, or made at the end."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY rowid")
            removed = cursor.fetchall()
            for name, _sql in removed:
                cursor.execute(f"DROP TRIGGER {connection.ops.quote_name(name)}")
            yield
            connection.check_constraints()
            for _name, statement in removed:
                cursor.execute(statement)
            return
        _switch(connection, found, "DISABLE")
        yield
        connection.check_constraints()  # those that wait for the end of the transaction would forbid it
        _switch(connection, found, "ENABLE")


def _switch(connection: BaseDatabaseWrapper, found: Sequence[Table], word: str) -> None:
    with connection.cursor() as cursor:
        for table in found:
            cursor.execute(f"ALTER TABLE {connection.ops.quote_name(table.name)} {word} TRIGGER USER")
