"""Counters and histograms that the code moves, and the text that Prometheus reads (exposition format 0.0.4)."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Literal

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One line: the family's name with `suffix`, labels, value."""

    value: float
    labels: Mapping[str, str] = field(default_factory=dict)
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """All samples of one name."""

    name: str
    kind: Kind
    about: str
    samples: Sequence[Sample]

    def plain(self) -> list[Any]:
        """For JSON; `of` reads it."""
        return [
            self.name,
            self.kind,
            self.about,
            [[each.value, dict(each.labels), each.suffix] for each in self.samples],
        ]

    @classmethod
    def of(cls, plain: Sequence[Any]) -> Family:
        """What `plain` wrote."""
        name, kind, about, samples = plain
        return cls(name, kind, about, [Sample(value, labels, suffix) for value, labels, suffix in samples])


class Counter:
    """Only grows, while the process lives. Moved on the loop."""

    def __init__(self, name: str, about: str, *labels: str) -> None:
        self._name, self._about, self._labels = name, about, labels
        self._values: dict[tuple[str, ...], float] = {} if labels else {(): 0}

    def add(self, *values: str, by: float = 1) -> None:
        """Count under these values of the labels."""
        self._values[values] = self._values.get(values, 0) + by

    def family(self, besides: Mapping[tuple[str, ...], float] | None = None) -> Family:
        """Where it stands; `besides` is counted on top, for what is still going on."""
        total = dict(self._values)
        for values, more in (besides or {}).items():
            total[values] = total.get(values, 0) + more
        samples = [Sample(value, dict(zip(self._labels, values, strict=True))) for values, value in total.items()]
        return Family(self._name, "counter", self._about, samples)


class Histogram:
    """How often a value was at most each of `bounds`, with the sum of all. Moved on the loop."""

    def __init__(self, name: str, about: str, bounds: Sequence[float], *labels: str) -> None:
        self._name, self._about, self._bounds, self._labels = name, about, (*bounds, math.inf), labels
        self._seen: dict[tuple[str, ...], tuple[list[int], float]] = {}

    def saw(self, value: float, *values: str) -> None:
        """Count it under these values of the labels."""
        counts, total = self._seen.get(values) or ([0] * len(self._bounds), 0.0)
        counts[bisect_left(self._bounds, value)] += 1
        self._seen[values] = counts, total + value

    def family(self) -> Family:
        """Where it stands."""
        samples = []
        for values, (counts, total) in self._seen.items():
            labels = dict(zip(self._labels, values, strict=True))
            for bound, count in zip(self._bounds, accumulate(counts), strict=True):
                samples.append(Sample(count, {**labels, "le": _number(bound)}, "_bucket"))
            samples += [Sample(total, labels, "_sum"), Sample(sum(counts), labels, "_count")]
        return Family(self._name, "histogram", self._about, samples)


def exposition(families: Iterable[Family]) -> str:
    """The text. Families of one name are joined: each may be there only once."""
    joined: dict[str, list[Family]] = {}
    for family in families:
        joined.setdefault(family.name, []).append(family)
    lines = []
    for name, parts in joined.items():
        about = parts[0].about.replace("\\", "\\\\").replace("\n", "\\n")
        lines += [f"# HELP {name} {about}", f"# TYPE {name} {parts[0].kind}"]
        lines += [
            f"{name}{each.suffix}{_labels(each.labels)} {_number(each.value)}" for p in parts for each in p.samples
        ]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    inside = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{inside}}}" if inside else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) else repr(float(value))
