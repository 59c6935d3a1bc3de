"""JSON as it comes from a stranger: read strictly, cleaned, and asked for by name and type."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from json import loads
from typing import Any, TypeVar

from django.utils.translation import gettext as _
from pydantic import BaseModel, ValidationError

from conversations.text import clean_text
from conversations.transcripts.importing.errors import Unreadable

M = TypeVar("M", bound=BaseModel)

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_SCALES = ((1e16, 1e9), (1e13, 1e6), (1e10, 1e3))  # nanoseconds, microseconds, milliseconds since 1970


@dataclass(frozen=True, slots=True)
class _Twice:
    """An object that says one name twice."""

    name: str


def parse(data: bytes) -> Any:
    """The value, with every text in it as databases can hold it. Raises Unreadable with the place."""
    try:
        value = loads(data.decode(), object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Unreadable("", _("This is no JSON: %(why)s") % {"why": error}) from error
    return _clean(value)


def fitting(shape: type[M], value: object) -> M:
    """`value` in that shape. Raises Unreadable with the place of the first error."""
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise Unreadable(".".join(map(str, first["loc"])), first["msg"]) from error


def checked_moment(moment: datetime, place: str) -> datetime:
    """The time, when it is one that a conversation can have had. Raises Unreadable."""
    if not EARLIEST <= moment < LATEST:
        raise Unreadable(place, _("This is no time between 1970 and 2200."))
    return moment


@dataclass(frozen=True, slots=True)
class Field:
    """A value of a foreign file, and where it stands. What is not there is None, and so is empty."""

    value: Any
    place: str = ""

    def __getitem__(self, name: str) -> Field:
        """What an object has under that name."""
        return Field(self.entries().get(name), f"{self.place}.{name}" if self.place else name)

    def entries(self) -> dict[str, Any]:
        """An object's values."""
        found: dict[str, Any] = self._fitting(dict, {}, _("This is no object."))
        return found

    def items(self) -> Iterator[Field]:
        """A list's."""
        found: list[Any] = self._fitting(list, [], _("This is no list."))
        return (Field(one, f"{self.place}.{number}") for number, one in enumerate(found))

    def text(self) -> str:
        """A text."""
        found: str = self._fitting(str, "", _("This is no text."))
        return found

    def flag(self) -> bool:
        """Whether it is true; anything else is not."""
        return self.value is True

    def moment(self) -> datetime | None:
        """Seconds (or smaller parts) since 1970, or a time as ISO 8601 writes it."""
        if self.value is None or self.value == "":
            return None
        try:
            if isinstance(self.value, str):
                found = datetime.fromisoformat(self.value)
                found = found if found.tzinfo else found.replace(tzinfo=UTC)
            else:
                found = EARLIEST + timedelta(seconds=_seconds(self.value))
            return checked_moment(found, self.place)
        except (TypeError, ValueError, OverflowError):
            raise Unreadable(self.place, _("This is no time between 1970 and 2200.")) from None

    def _fitting(self, kind: type, empty: Any, why: str) -> Any:
        if self.value is None:
            return empty
        if not isinstance(self.value, kind):
            raise Unreadable(self.place, why)
        return self.value


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return float(value) / next((scale for least, scale in _SCALES if abs(value) >= least), 1.0)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Twice:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    names = [name for name, _value in pairs]
    return _Twice(next(name for name in names if names.count(name) > 1))


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number.")


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(name): _clean_inner(name, one) for name, one in value.items()}
    if isinstance(value, list):
        return [_clean_inner(number, one) for number, one in enumerate(value)]
    if isinstance(value, _Twice):
        raise Unreadable(clean_text(value.name), _("It is there twice."))
    if isinstance(value, float) and not math.isfinite(value):
        raise Unreadable("", _("This number is too large."))
    return value


def _clean_inner(step: str | int, value: Any) -> Any:
    try:
        return _clean(value)
    except Unreadable as error:
        raise error.below(clean_text(str(step))) from None
