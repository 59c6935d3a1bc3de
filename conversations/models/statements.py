"""Statements that are written once and used as they are, for the way of every question.

Django compiles each statement anew, which takes longer than what the database does with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection, models

_Fields = list["models.Field[Any, Any]"]
_Converters = list[tuple[int, Any, list[Any]]]


def insert(row: models.Model) -> bool:
    """Store a new row as `row.save(force_insert=True)` does, without its signals; False when one like it is there.

    Like it: what a unique constraint forbids. That is no error, so the transaction goes on and needs no savepoint.
    """
    fields, statement = _insertion(type(row), connection.vendor)
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found = cursor.fetchone()
    if found is None:
        return False
    if row.pk is None:
        row.pk = found[0]
    row._state.adding, row._state.db = False, connection.alias
    return True


def select(
    model: type[models.Model], names: Sequence[str], tail: str = "", values: Sequence[int | str] = (), **equal: object
) -> list[tuple[Any, ...]]:
    """What `filter(**equal).values_list(*names)` finds; `tail` with its `values` ends the statement, in SQL."""
    fields, statement, converters = _selection(model, tuple(names), tuple(equal), tail, connection.vendor)
    wanted = [field.get_db_prep_value(equal[name], connection) for name, field in fields.items()]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*wanted, *values])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return [_converted(row, converters) for row in rows] if converters else rows


def lock(row: models.Model) -> None:
    """Have others who lock it wait until the transaction ends. SQLite has one writer as it is."""
    if connection.features.has_select_for_update:
        select(type(row), ["pk"], "FOR UPDATE", pk=row.pk)


def _converted(row: tuple[Any, ...], converters: _Converters) -> tuple[Any, ...]:
    """As Django's compiler makes values of a column's: JSON, times and the like."""
    found = list(row)
    for index, column, conversions in converters:
        for convert in conversions:
            found[index] = convert(found[index], column, connection)
    return tuple(found)


def update(row: models.Model, *names: str) -> None:
    """Store these attributes of a row as `row.save(update_fields=names)` does, without its signals."""
    fields, statement = _replacement(type(row), names, connection.vendor)
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@cache
def _selection(
    model: type[models.Model], names: tuple[str, ...], equal: tuple[str, ...], tail: str, _vendor: str
) -> tuple[dict[str, models.Field[Any, Any]], str, _Converters]:
    quote, meta = connection.ops.quote_name, model._meta
    fields = {"pk": meta.pk, **{name: field for field in meta.concrete_fields for name in (field.name, field.attname)}}
    columns = [fields[name].get_col(meta.db_table) for name in names]
    conversions = [connection.ops.get_db_converters(each) + each.get_db_converters(connection) for each in columns]
    converters = [(i, *pair) for i, pair in enumerate(zip(columns, conversions, strict=True)) if pair[1]]
    conditions = " AND ".join(f"{quote(str(fields[name].column))} = %s" for name in equal)
    chosen = ", ".join(quote(str(fields[name].column)) for name in names)
    # Only names of tables and columns are put in, here and below, and those are ours.
    statement = f"SELECT {chosen} FROM {quote(meta.db_table)} WHERE {conditions} {tail}"  # noqa: S608
    return {name: fields[name] for name in equal}, statement, converters


@cache
def _insertion(model: type[models.Model], _vendor: str) -> tuple[_Fields, str]:
    quote, meta = connection.ops.quote_name, model._meta
    fields = [field for field in meta.concrete_fields if field is not meta.auto_field]
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join("%s" for _ in fields)
    return fields, (
        f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES ({places})"  # noqa: S608
        f" ON CONFLICT DO NOTHING RETURNING {quote(str(meta.pk.column))}"
    )


@cache
def _replacement(model: type[models.Model], names: tuple[str, ...], _vendor: str) -> tuple[_Fields, str]:
    quote, meta = connection.ops.quote_name, model._meta
    fields = [field for field in meta.concrete_fields if field.name in names]
    assignments = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    statement = f"UPDATE {quote(meta.db_table)} SET {assignments} WHERE {quote(str(meta.pk.column))} = %s"  # noqa: S608
    return [*fields, meta.pk], statement
