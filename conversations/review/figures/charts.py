"""Charts as numbers for a template's SVG: bars on a scale with round marks. No script, and the table says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

WIDTH, HEIGHT = 640.0, 160.0
"""Of the area that is drawn in, in the SVG's units."""
GAP = 0.25  # of a bar's place
WIDEST = 72.0


@dataclass(frozen=True, slots=True)
class Bar:
    """From the upper left corner; `label` and `value` are for its title."""

    x: float
    y: float
    width: float
    height: float
    label: str
    value: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across, with its value in few signs."""

    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """`first` and `last` are the labels below its ends."""

    bars: list[Bar]
    marks: list[Mark]
    first: str
    last: str


def chart(values: Sequence[tuple[str, float]]) -> Chart:
    """A bar for each label and value (not negative), on a scale from zero."""
    top = scale(max((value for _label, value in values), default=0))
    place = WIDTH / max(len(values), 1)
    width = min(place * (1 - GAP), WIDEST)
    bars = [
        Bar(
            round(number * place + (place - width) / 2, 2),
            round(HEIGHT - HEIGHT * value / top, 2),
            round(width, 2),
            round(HEIGHT * value / top, 2),
            label,
            value,
        )
        for number, (label, value) in enumerate(values)
    ]
    marks = [Mark(round(HEIGHT - HEIGHT * part / 2, 2), short(top * part / 2)) for part in range(3)]
    return Chart(bars, marks, values[0][0] if values else "", values[-1][0] if values else "")


def short(value: float) -> str:
    """20 000 is 20k, 1 500 000 is 1.5M."""
    for least, size, sign in ((1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e4, 1e3, "k")):
        if value >= least:
            return f"{value / size:g}{sign}"
    return f"{value:g}"


def scale(largest: float) -> float:
    """The smallest of 1, 2, 4, 5, 10 times a power of ten that is not below `largest`; 1 for next to nothing."""
    if largest < 1e-6:
        return 1.0
    power = 10.0 ** floor(log10(largest))
    return next(step * power for step in (1, 2, 4, 5, 10) if ceil(largest / power * 1e6) <= step * 1e6)
