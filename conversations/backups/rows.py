"""One row as one line of JSON, the same from every database, and what a table's rows add up to.

Instants are UTC with microseconds, ids and addresses text, bytes Base64; numbers in JSON are whole where they can be,
and keys are sorted, because PostgreSQL keeps neither their form nor their order.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

_SIZE = 1 << 256


@dataclass(slots=True)
class Sum:
    """How many rows, and the sum of their SHA-256 (mod 2²⁵⁶): no row is left out of it, and their order has no say."""

    rows: int = 0
    total: int = 0

    def add(self, line: bytes) -> None:
        """Count a row."""
        self.rows += 1
        self.total = (self.total + int.from_bytes(sha256(line).digest(), "big")) % _SIZE

    @property
    def digest(self) -> str:
        """64 hexadecimal digits."""
        return f"{self.total:064x}"

    def as_value(self) -> dict[str, Any]:
        """For the manifest."""
        return {"rows": self.rows, "sha256": self.digest}

    def is_as(self, told: dict[str, Any]) -> bool:
        """Whether a manifest says the same."""
        return {**told, **self.as_value()} == told


def line_of(row: Sequence[Any]) -> bytes:
    """Without a line end. Raises TypeError for a value that no column holds."""
    plain = [_plain(value) for value in row]
    return json.dumps(plain, separators=(",", ":"), sort_keys=True, default=_portable).encode("ascii")


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return value


def _portable(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return b64encode(value).decode("ascii")
    raise TypeError(f"{type(value).__name__} is no value of a column")
