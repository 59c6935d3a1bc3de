"""The time that a reply took, as a bar: loading the model, reading the prompt, writing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

WIDTH = 1000


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the bar from `x`, `width` wide (of 1000). `kind` names its colour."""

    kind: str
    label: str
    time: str
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Bar:
    """The pieces in their order, and where the first token came (of 1000)."""

    parts: list[Part]
    first: int | None
    first_time: str
    total: str


def bar_of(metrics: Mapping[str, Any]) -> Bar | None:
    """The bar; None where no times are known."""
    total = metrics.get("total_ms") or 0
    if total <= 0:
        return None
    times = _known(metrics, total)
    scale = max(total, sum(time for _kind, _label, time in times))
    parts, x = [], 0.0
    for kind, label, time in times:
        width = time / scale * WIDTH
        if time > 0:
            parts.append(Part(kind, label, _seconds(time), round(x), max(2, round(width))))
        x += width
    first = metrics.get("first_ms")
    return Bar(parts, None if first is None else round(first / scale * WIDTH), _seconds(first or 0), _seconds(total))


def _known(metrics: Mapping[str, Any], total: int) -> list[tuple[str, str, int]]:
    """What the server measured; of one that measures nothing, the wait for the first token and the rest."""
    if "reply_ms" not in metrics:
        first = min(metrics.get("first_ms") or 0, total)
        return [("wait", _("Waiting"), first), ("reply", _("Writing"), total - first)]
    load, prompt, reply = (metrics.get(name) or 0 for name in ("load_ms", "prompt_ms", "reply_ms"))
    # What is left went by before the server began: on the way, and in its queue.
    return [
        ("wait", _("Waiting"), max(0, total - load - prompt - reply)),
        ("load", _("Loading the model"), load),
        ("prompt", _("Reading the prompt"), prompt),
        ("reply", _("Writing"), reply),
    ]


def _seconds(milliseconds: float) -> str:
    digits = 2 if milliseconds < 10_000 else 1
    return _("%(seconds)s s") % {"seconds": number_format(milliseconds / 1000, digits)}
