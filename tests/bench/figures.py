"""A measured figure beside its floor and the reach that was set for it, and the table of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Figure:
    """One line. `floor` is the same client straight at the upstream in the same run; `reach` the most (or the least)
    that is wanted; a figure without a reach is there to be read."""

    what: str
    value: float
    unit: str
    reach: float | None = None
    at_least: bool = False
    floor: float | None = None

    @property
    def verdict(self) -> str:
        """`ok`, `miss`, or nothing without a reach."""
        if self.reach is None:
            return ""
        return "ok" if (self.value >= self.reach if self.at_least else self.value <= self.reach) else "miss"

    @property
    def ratio(self) -> float | None:
        """How many times the floor it is."""
        return self.value / self.floor if self.floor else None

    def cells(self) -> list[str]:
        """The line of the table."""
        sign = "≥" if self.at_least else "≤"
        reach = "" if self.reach is None else f"{sign} {_number(self.reach)}"
        return [
            self.what,
            f"{_number(self.value)} {self.unit}".strip(),
            "" if self.floor is None else _number(self.floor),
            "" if self.ratio is None else _number(self.ratio),
            reach,
            self.verdict,
        ]

    def as_value(self) -> dict[str, object]:
        """For JSON."""
        return {**asdict(self), "ratio": self.ratio, "verdict": self.verdict}


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of the values do not exceed; infinite when there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("inf")


def table(figures: Sequence[Figure], day: date, machine: str) -> str:
    """Markdown for the README."""
    lines = [
        f"Measured on {day.isoformat()}, {machine}. Floor: the same client straight at the upstream, in the same run.",
        "",
        "| figure | measured | floor | ratio | reach | |",
        "|---|---:|---:|---:|---:|---|",
    ]
    lines += [f"| {' | '.join(figure.cells())} |" for figure in figures]
    return "\n".join(lines)


def _number(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3f}" if abs(value) < 1 else f"{value:.1f}"
