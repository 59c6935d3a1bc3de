"""The tables of a database as its own migrations describe them, which need not be the newest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.models import Field, JSONField, Model

from conversations.backups.errors import Refused
from conversations.backups.rows import Sum, line_of

Heads = list[tuple[str, str]]
_AT_A_TIME = 200  # rows: a message may have 100 kB
# A PostgreSQL numbers its transactions by itself; elsewhere the numbers of the log of changes are their order.
_FORGOTTEN = {("conversations_change", "transaction"): 0}


@dataclass(frozen=True)
class Table:
    """One table, and its rows as values that every database takes."""

    model: type[Model]

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    @cached_property
    def fields(self) -> list[Field[Any, Any]]:
        """Its columns, in the order of a row."""
        return list(self.model._meta.local_concrete_fields)

    @cached_property
    def columns(self) -> list[str]:
        """Their names."""
        return [str(field.column) for field in self.fields]

    @property
    def key(self) -> int:
        """The place of the primary key in a row."""
        return self.columns.index(str(self.model._meta.pk.column))

    def rows(self, using: str, keys: Iterable[Any] | None = None) -> Iterator[list[Any]]:
        """All in the order of their keys, or those with `keys`, never many in memory."""
        found = self.model._base_manager.using(using).order_by("pk")
        chosen = found if keys is None else found.filter(pk__in=keys)
        names = [field.attname for field in self.fields]
        forgotten = [(self.columns.index(column), value) for (table, column), value in _FORGOTTEN.items()
                     if table == self.name]  # fmt: skip
        for row in chosen.values_list(*names).iterator(chunk_size=_AT_A_TIME):
            values = list(row)
            for place, value in forgotten:
                values[place] = value
            yield values

    def sum(self, using: str) -> Sum:
        """What its rows add up to."""
        total = Sum()
        for row in self.rows(using):
            total.add(line_of(row))
        return total

    def read(self, values: Sequence[Any]) -> list[Any]:
        """A row from its line of JSON."""
        return [
            value if isinstance(field, JSONField) else field.to_python(value)
            for field, value in zip(self.fields, values, strict=True)
        ]

    def insert(self, using: str, rows: Iterable[Sequence[Any]]) -> None:
        """Write rows as they are: nothing is filled in."""
        connection = connections[using]
        names = ", ".join(map(connection.ops.quote_name, self.columns))
        places = ", ".join(["%s"] * len(self.fields))
        statement = f"INSERT INTO {connection.ops.quote_name(self.name)} ({names}) VALUES ({places})"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.executemany(statement, [self._prepared(using, row) for row in rows])

    def _prepared(self, using: str, row: Sequence[Any]) -> list[Any]:
        connection = connections[using]
        prepared = []
        for field, value in zip(self.fields, row, strict=True):
            if value is None and isinstance(field, JSONField) and not field.null:  # JSON's own null
                prepared.append(connection.ops.adapt_json_value(None, field.encoder))
            else:
                prepared.append(field.get_db_prep_save(value, connection))
        return prepared


def tables(using: str) -> list[Table]:
    """Sorted by name. Raises Refused for a database that a newer Chatsite has changed."""
    loader = _loader(using)
    models = loader.project_state(_applied(loader)).apps.get_models(include_auto_created=True)
    own = (Table(model) for model in models if model._meta.managed and not model._meta.proxy)
    return sorted(own, key=lambda table: table.name)


def heads(using: str) -> Heads:
    """Its last migrations, one an application; none of a database that is new."""
    loader = _loader(using)
    applied = set(_applied(loader))
    nodes = loader.graph.node_map
    return sorted(
        key
        for key in applied
        if not any(child.key in applied for child in nodes[key].children if child.key[0] == key[0])
    )


def _loader(using: str) -> MigrationLoader:
    return MigrationLoader(connections[using], ignore_no_migrations=True)


def _applied(loader: MigrationLoader) -> list[tuple[str, str]]:
    applied = list(loader.applied_migrations)
    unknown = sorted(".".join(key) for key in applied if key not in loader.graph.node_map)
    if unknown:
        raise Refused(
            f"This Chatsite does not know what was done to the database: {', '.join(unknown[:5])}. Use the version that"
            " did it, or a newer one."
        )
    return applied
