"""What Ollama says of models and of time, as Go writes it."""

from __future__ import annotations

import pytest

from conversations.backends.ollama.records import moment


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2026-11-21T10:00:00Z", "2026-11-21T10:00:00+00:00"),
        ("2026-11-21T10:00:00.5Z", "2026-11-21T10:00:00.500000+00:00"),
        ("2026-11-21T10:00:00.123456789+02:00", "2026-11-21T10:00:00.123456+02:00"),
        ("2026-11-21T10:00:00", "2026-11-21T10:00:00+00:00"),
        ("0001-01-01T00:00:00Z", None),
        ("2318-08-21T00:00:00Z", None),
        ("yesterday", None),
        ("", None),
        (7, None),
        (None, None),
    ],
)
def test_a_time_is_read_leniently(value: object, read: str | None) -> None:
    found = moment(value)
    assert (found.isoformat() if found else None) == read
