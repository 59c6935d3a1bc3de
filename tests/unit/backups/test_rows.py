"""A row's one form: whatever a database makes of a value, the line is the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from uuid import UUID

import pytest

from conversations.backups.rows import Sum, line_of


def test_values_have_one_form() -> None:
    noon, winter = datetime(2026, 11, 21, 12, tzinfo=UTC), timezone(timedelta(hours=1))
    assert line_of([noon]) == line_of([noon.astimezone(winter)]) == b'["2026-11-21T12:00:00.000000+00:00"]'
    assert line_of([UUID(int=1), b"\0\xff"]) == b'["00000000-0000-0000-0000-000000000001","AP8="]'
    assert line_of([{"b": 1e22, "a": [1.0, -0.0, 0.5]}]) == line_of([{"a": [1, 0, 0.5], "b": 10**22}])
    assert line_of(["\n\u2028\ud800"]).count(b"\n") == 0
    with pytest.raises(TypeError):
        line_of([object()])


def test_a_sum_sees_each_row_once_and_in_any_order() -> None:
    lines = [json.dumps([number]).encode() for number in range(100)]
    shuffled = Random(1).sample(lines, 100)
    assert total(lines).as_value() == total(shuffled).as_value()
    assert not total(lines[1:]).is_as(total(lines).as_value())
    assert not total([*lines[1:], lines[1]]).is_as(total(lines).as_value())


def total(lines: list[bytes]) -> Sum:
    found = Sum()
    for line in lines:
        found.add(line)
    return found
