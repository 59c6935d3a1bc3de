"""Rows by the million: one statement for each table, and what all its rows have in common prepared once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models

CHUNK = 5000


class Rows:
    """Rows of one model, stored in chunks. Nothing but the database's own constraints is checked."""

    def __init__(self, model: type[models.Model], *names: str) -> None:
        """`names`: the attributes that `add` is given, in its order; the others have their defaults."""
        self._model = model
        fields = model._meta.concrete_fields
        places = {name: index for index, field in enumerate(fields) for name in (field.name, field.attname)}
        self._places = [places[name] for name in names]
        self._prepare = [_preparation(fields[place]) for place in self._places]
        self._common = [None if field.primary_key else _default(field) for field in fields]
        quote = connection.ops.quote_name
        columns = ", ".join(quote(str(field.column)) for field in fields)
        values = ", ".join(["%s"] * len(fields))
        # Only names of tables and columns are put in, and those are ours.
        self._statement = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({values})"  # noqa: S608
        self._waiting: list[list[Any]] = []
        self.next_pk = 1 + (model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0)

    def add(self, *values: Any) -> None:
        """One row."""
        row = self._common.copy()
        for place, prepare, value in zip(self._places, self._prepare, values, strict=True):
            row[place] = prepare(value) if prepare else value
        self._waiting.append(row)

    def take_pk(self) -> int:
        """The number of the next row, which is to be given to `add` with it."""
        self.next_pk += 1
        return self.next_pk - 1

    @property
    def is_full(self) -> bool:
        """Whether it is time to store."""
        return len(self._waiting) >= CHUNK

    def store(self) -> None:
        """Write what was added."""
        if self._waiting:
            with connection.cursor() as cursor:
                cursor.executemany(self._statement, self._waiting)
            self._waiting = []

    def finish(self) -> None:
        """Write the rest, and let the database go on counting after it."""
        self.store()
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), [self._model]):
                cursor.execute(statement)


def _default(field: models.Field[Any, Any]) -> Any:
    return field.get_db_prep_save(field.get_default(), connection)


def _preparation(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    """What makes the database's value of ours; None where they are the same."""
    if isinstance(field, models.DateTimeField):
        return connection.ops.adapt_datetimefield_value
    if isinstance(field, models.UUIDField):
        return (lambda value: value) if connection.features.has_native_uuid_field else (lambda value: value.hex)
    if isinstance(field, models.ForeignKey):
        return _preparation(field.target_field)
    if isinstance(field, models.JSONField):
        return lambda value: field.get_db_prep_save(value, connection)
    return None
