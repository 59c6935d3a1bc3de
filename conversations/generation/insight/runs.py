"""The figures of a reply that was written in several runs, because somebody went on with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SUMMED = ("reply_tokens", "thinking_ms", "total_ms", "load_ms", "prompt_ms", "reply_ms")


def over_all(before: Mapping[str, Any], last: Mapping[str, Any]) -> dict[str, Any]:
    """The figures after the `last` run, `before` being those of the earlier ones; `runs` says how many there were.

    Tokens of the reply and times are summed, the time between the runs is none of them. The first token is that of the
    first run, the prompt and what was found out about the reply are those of the last. The speed is over the runs whose
    server measured it.
    """
    if not last or not before.get("total_ms"):
        return dict(last or before)
    figures = dict(last)
    for name in _SUMMED:
        known = [run[name] for run in (before, last) if run.get(name) is not None]
        if known:
            figures[name] = sum(known)
    if "prompt_tokens" not in figures and "prompt_tokens" in before:
        figures["prompt_tokens"] = before["prompt_tokens"]
    if before.get("first_ms") is not None:
        figures["first_ms"] = before["first_ms"]
    if speed := _speed(before, last):
        figures["tokens_per_second"] = speed
    return {**figures, "runs": before.get("runs", 1) + 1}


def _speed(*runs: Mapping[str, Any]) -> float | None:
    measured = [run for run in runs if run.get("tokens_per_second") and run.get("reply_ms")]
    time = sum(run["reply_ms"] for run in measured)
    return round(sum(run["tokens_per_second"] * run["reply_ms"] for run in measured) / time, 1) if time else None
