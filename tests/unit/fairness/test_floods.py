"""Who floods a socket is shut out, however slow this machine is; who only writes fast is not."""

from __future__ import annotations

import pytest

from conversations.live.bucket import Bucket

RATE, BURST = 20, 60


def comes(monkeypatch: pytest.MonkeyPatch, a_second: float, seconds: float) -> float | None:
    """When it is a flood, if so many a second come for so long; None where it is none."""
    now = 1000.0
    monkeypatch.setattr("conversations.live.bucket.time.monotonic", lambda: now)
    commands = Bucket(RATE, BURST)
    for number in range(int(a_second * seconds)):
        now = 1000.0 + number / a_second
        commands.take()
        if commands.is_flooded:
            return number / a_second
    return None


@pytest.mark.parametrize("a_second", [100, 300, 1000, 10_000])
def test_a_flood_is_noticed_at_any_speed(monkeypatch: pytest.MonkeyPatch, a_second: float) -> None:
    noticed = comes(monkeypatch, a_second, 10)
    assert noticed is not None
    # What is allowed at once, and twice as much that is refused beyond what is allowed meanwhile.
    assert noticed <= 4 * BURST / (a_second - 2 * RATE)


def test_who_is_a_little_too_fast_is_refused_now_and_then_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    assert comes(monkeypatch, 1.9 * RATE, 600) is None
