"""A JSON value as a form to be read: labels and values, lists, and tables where a list holds objects of one shape."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

MOST_NODES = 3000
_DEEPEST = 24
_MOST_COLUMNS = 8


class TooMuch(ValueError):
    """Nobody would read this as a form."""


@dataclass(frozen=True, slots=True)
class Node:
    """`value` of a scalar, `rows` (label, node) of an object, `items` of a list, `columns` and `cells` of a table."""

    kind: Literal["value", "empty", "rows", "list", "table"]
    value: str = ""
    rows: Sequence[tuple[str, Node]] = ()
    items: Sequence[Node] = ()
    columns: Sequence[str] = ()
    cells: Sequence[Sequence[Node]] = ()


@dataclass(slots=True)
class _Outliner:
    schema: Mapping[str, Any]
    count: int = field(default=0)

    def node(self, value: Any, schema: Mapping[str, Any], depth: int) -> Node:
        self.count += 1
        if self.count > MOST_NODES or depth > _DEEPEST:
            raise TooMuch
        schema = self._followed(schema)
        if isinstance(value, dict):
            return self._object(value, schema, depth)
        if isinstance(value, list):
            return self._list(value, schema, depth)
        return Node("value", _plain(value)) if value not in (None, "") else Node("empty")

    def _object(self, value: dict[str, Any], schema: Mapping[str, Any], depth: int) -> Node:
        if not value:
            return Node("empty")
        rows = [
            (self._label(name, schema), self.node(each, _of(schema, "properties", name), depth + 1))
            for name, each in value.items()
        ]
        return Node("rows", rows=rows)

    def _list(self, value: list[Any], schema: Mapping[str, Any], depth: int) -> Node:
        if not value:
            return Node("empty")
        inner = self._followed(_of(schema, "items"))
        columns = _columns(value)
        if not columns:
            return Node("list", items=[self.node(each, inner, depth + 1) for each in value])
        cells = [
            [self.node(row.get(name), _of(inner, "properties", name), depth + 1) for name in columns] for row in value
        ]
        return Node("table", columns=[self._label(name, inner) for name in columns], cells=cells)

    def _followed(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """The schema that a `$ref` into `$defs` names."""
        ref = schema.get("$ref")
        if isinstance(ref, str) and ref.startswith("#/$defs/"):
            return _of(self.schema, "$defs", ref.removeprefix("#/$defs/"))
        return schema

    def _label(self, name: str, schema: Mapping[str, Any]) -> str:
        title = self._followed(_of(schema, "properties", name)).get("title")
        if isinstance(title, str) and title.strip():
            return title.strip()
        words = name.replace("_", " ").strip()
        return words[:1].upper() + words[1:] if words else _("(no name)")


def outline(value: Any, schema: Mapping[str, Any] | None = None) -> Node:
    """The form. Labels are the schema's titles, else the names. Raises TooMuch."""
    return _Outliner(schema or {}).node(value, schema or {}, 0)


def pretty(value: Any) -> str:
    """The value as JSON over several lines."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def _of(schema: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    found: Any = schema
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _columns(rows: list[Any]) -> list[str]:
    """The names in a list of small flat objects, as they first come; nothing for any other list."""
    names: dict[str, None] = {}
    for row in rows:
        if not isinstance(row, dict) or any(isinstance(each, dict | list) for each in row.values()):
            return []
        names |= dict.fromkeys(row)
    return list(names) if 1 < len(names) <= _MOST_COLUMNS else []


def _plain(value: Any) -> str:
    if value is True:
        return _("yes")
    if value is False:
        return _("no")
    if isinstance(value, int):
        return str(value)  # it may be a year or a number of something: no grouping
    if isinstance(value, float):
        return number_format(value) if abs(value) < 1e15 else str(value)
    return str(value)
