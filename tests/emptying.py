"""Empties the database behind a test with real transactions, as `flush` does, but only the tables that it wrote to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.test import TransactionTestCase

from conversations.signals import migrated

KEPT = sorted(each._meta.db_table for each in (ContentType, Permission, Group, Group.permissions.through))
"""What migrations wrote and hardly a test changes: to write it again is most of a `flush`."""
HISTORY = "django_migrations"

Rows = list[tuple[object, ...]]


@contextmanager
def emptying() -> Iterator[None]:
    """Meanwhile tests end so. To begin with what migrations wrote."""
    begun = _kept()

    def empty(_case: TransactionTestCase) -> None:
        if not _is_ours() or _kept() != begun:
            call_command("flush", verbosity=0, interactive=False, reset_sequences=False)
            begun[:] = _kept()
            return
        _empty()
        migrated(sender=apps.get_app_config("conversations"), using=DEFAULT_DB_ALIAS)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield


def _empty() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # As TRUNCATE does: once nobody writes any more, and without the triggers of rows.
            tables = [name for name in connection.introspection.table_names(cursor) if name not in (*KEPT, HISTORY)]
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
        else:
            tables = [name for name in connection.introspection.django_table_names(True, False) if name not in KEPT]
        has_rows = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in tables)
        for (name,) in _rows(cursor, has_rows):
            cursor.execute(f"DELETE FROM {name}")


def _is_ours() -> bool:
    """Whether triggers may be switched off: a person's own PostgreSQL may know the tests as an ordinary user."""
    with connection.cursor() as cursor:
        return connection.vendor != "postgresql" or _rows(cursor, "SHOW is_superuser") == [("on",)]


def _kept() -> list[Rows]:
    with connection.cursor() as cursor:
        return [_rows(cursor, f"SELECT * FROM {table} ORDER BY id") for table in KEPT]


def _rows(cursor: CursorWrapper, query: str) -> Rows:
    cursor.execute(query)
    return list(cursor.fetchall())
