"""How far a transfer is: bytes by layer, speed of what really came, and the time that is left."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from conversations.backends.library import Progress
from conversations.library.meter import LAYERS, Meter

MEGABYTE = 1_000_000


def layer(completed: int, total: int = 100 * MEGABYTE, digest: str = "sha256:a") -> Progress:
    return Progress("pulling a", digest, total, completed)


def test_speed_and_time_left_come_from_what_arrives() -> None:
    meter = Meter()
    for second in range(5):
        meter.take(layer(10 * MEGABYTE * second), float(second))
    assert meter.speed(4.0) == 10 * MEGABYTE
    assert meter.remaining(4.0) == 6.0
    assert (meter.completed, meter.total) == (40 * MEGABYTE, 100 * MEGABYTE)


def test_what_was_there_before_is_progress_but_no_speed() -> None:
    meter = Meter()
    meter.take(layer(90 * MEGABYTE), 0.0)
    assert meter.completed == 90 * MEGABYTE
    assert meter.speed(0.5) == 0
    assert meter.remaining(0.5) is None
    meter.take(layer(91 * MEGABYTE), 1.0)
    assert meter.speed(1.0) == MEGABYTE


def test_a_layer_that_begins_without_a_number_keeps_what_it_has() -> None:
    meter = Meter()
    meter.take(layer(50 * MEGABYTE), 0.0)
    meter.take(layer(0), 1.0)
    assert meter.completed == 50 * MEGABYTE


def test_silence_makes_the_speed_fall() -> None:
    meter = Meter()
    for second in range(4):
        meter.take(layer(10 * MEGABYTE * second), float(second))
    before = meter.speed(3.0)
    assert 0 < meter.speed(6.0) < before
    assert meter.speed(20.0) == 0
    assert meter.remaining(20.0) is None


def test_the_status_of_a_line_without_layer_is_told() -> None:
    meter = Meter()
    meter.take(Progress("pulling manifest"), 0.0)
    assert meter.value(0.0) == {
        "status": "pulling manifest", "total": 0, "completed": 0, "speed": 0, "remaining": None, "layers": [],
    }  # fmt: skip


def test_a_flood_of_layers_does_not_grow_for_ever() -> None:
    meter = Meter()
    for number in range(LAYERS * 2):
        meter.take(layer(1, 2, f"sha256:{number}"), 0.0)
    assert len(meter.value(0.0)["layers"]) == LAYERS


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 10**15), st.integers(0, 10**15), st.floats(0, 5))))
def test_whatever_a_server_says_the_numbers_stay_sane(lines: list[tuple[str, int, int, float]]) -> None:
    meter, now, completed = Meter(), 0.0, 0
    for digest, total, done, pause in lines:
        now += pause
        meter.take(layer(done, total, digest), now)
        assert meter.completed >= completed
        assert meter.total >= meter.completed
        completed = meter.completed
        value = json.loads(json.dumps(meter.value(now), allow_nan=False))
        assert value["speed"] >= 0
        assert value["remaining"] is None or value["remaining"] >= 0
