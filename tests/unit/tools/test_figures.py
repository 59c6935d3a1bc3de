"""The benchmark's lines: who reaches what was set, and how they read."""

from __future__ import annotations

from datetime import date

import pytest

from tests.bench.client import Heard
from tests.bench.figures import Figure, percentile, table


@pytest.mark.parametrize(
    ("value", "reach", "at_least", "verdict"),
    [(6, 6, False, "ok"), (6.1, 6, False, "miss"), (0.99, 0.99, True, "ok"), (0.98, 0.99, True, "miss")],
)
def test_a_reach_is_reached_from_its_own_side(value: float, reach: float, at_least: bool, verdict: str) -> None:
    assert Figure("delay", value, "ms", reach, at_least).verdict == verdict


def test_a_figure_without_reach_is_not_judged() -> None:
    assert Figure("delay", 5, "ms").verdict == ""


def test_the_table_names_day_figure_floor_and_ratio() -> None:
    lines = table([Figure("delay", 5, "ms", 6, floor=0.5)], date(2026, 11, 21), "2 cores").splitlines()
    assert "2026-11-21, 2 cores" in lines[0]
    assert lines[-1] == "| delay | 5.0 ms | 0.500 | 10.0 | ≤ 6.0 | ok |"


def test_percentiles_take_values_that_occurred() -> None:
    values = range(1, 101)
    assert (percentile(values, 0.5), percentile(values, 0.99), percentile([7], 0.99)) == (51, 100, 7)
    assert percentile([], 0.5) == float("inf")


def test_tokens_are_counted_however_they_are_cut() -> None:
    delta = b'{"type":"reply.delta","conversation":"c","reply":1,"part":"content","at":%d,"text":"%s"}'
    heard = Heard(chunks=[(10, delta % (0, b"1 2")), (20, delta % (3, b"3 4 ")), (30, delta % (3, b"3 4 5 "))])
    assert heard.tokens() == [(1000, 10), (23000, 20), (4000, 20), (5000, 30)]


def test_tokens_after_a_gap_do_not_count() -> None:
    delta = b'{"type":"reply.delta","conversation":"c","reply":1,"part":"content","at":%d,"text":"%s"}'
    assert Heard(chunks=[(10, delta % (0, b"1 ")), (20, delta % (9, b"3 "))]).tokens() == [(1000, 10)]


def test_tokens_of_the_bare_stream_may_be_cut_in_two() -> None:
    line = b'{"message":{"content":"12 "}}\n'
    heard = Heard(chunks=[(10, line + line[:20]), (20, line[20:])])
    assert heard.tokens() == [(12000, 10), (12000, 20)]
