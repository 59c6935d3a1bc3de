"""The figures of a reply that was continued, and of one that was stopped."""

from __future__ import annotations

from typing import Any

import pytest

from conversations.backends.base import Delta
from conversations.generation.insight.runs import over_all
from conversations.generation.live_reply import LiveReply
from conversations.ids import uuid7

FIRST = {"reply_tokens": 40, "prompt_tokens": 10, "tokens_per_second": 20.0, "first_ms": 100, "total_ms": 2300,
         "load_ms": 200, "reply_ms": 2000}  # fmt: skip
STOPPED = {"reply_tokens": 5, "first_ms": 50, "thinking_ms": 30, "total_ms": 400}


@pytest.mark.parametrize(
    ("before", "last", "expected"),
    [
        ({}, FIRST, FIRST),
        (FIRST, {}, FIRST),
        ({"format": {"wrong": []}}, FIRST, FIRST),
        (
            STOPPED,
            FIRST | {"window": {"limit": 700}},
            FIRST
            | {"reply_tokens": 45, "first_ms": 50, "thinking_ms": 30, "total_ms": 2700, "window": {"limit": 700},
               "runs": 2},
        ),
        (
            FIRST | {"format": {"wrong": []}},
            STOPPED,
            FIRST | {"reply_tokens": 45, "thinking_ms": 30, "total_ms": 2700, "runs": 2},
        ),
        (
            FIRST | {"runs": 2},
            {"reply_tokens": 60, "prompt_tokens": 50, "tokens_per_second": 30.0, "total_ms": 2000, "reply_ms": 2000},
            FIRST
            | {"reply_tokens": 100, "prompt_tokens": 50, "tokens_per_second": 25.0, "total_ms": 4300, "reply_ms": 4000,
               "runs": 3},
        ),
    ],
)  # fmt: skip
def test_tokens_and_times_are_summed_over_the_runs(
    before: dict[str, Any], last: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert over_all(before, last) == expected


def test_a_stopped_reply_says_how_long_it_thought() -> None:
    live = LiveReply(1, uuid7(), 1)
    assert live.metrics() == {}
    live.append(Delta(thinking="hm"))
    live.thought_at = (live.thought_at or 0) - 1.5
    assert live.metrics()["thinking_ms"] >= 1500
    live.append(Delta(content="Yes"))
    live.said_at = live.thought_at + 0.25
    assert live.metrics()["thinking_ms"] == 250
    plain = LiveReply(2, uuid7(), 1)
    plain.append(Delta(content="Yes"))
    assert "thinking_ms" not in plain.metrics()
