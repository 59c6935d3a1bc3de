"""A run in Markdown: every word of it comes from the run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from tests.headless.audit import Audit
from tests.soak.memory import Memory
from tests.soak.place import Place

WORDS = {
    "say": "messages sent", "edit": "questions edited", "regenerate": "answered again", "stop": "replies stopped",
    "go_on": "replies continued", "turn": "branches switched", "delete": "messages deleted",
    "undo": "messages brought back", "drop": "conversations deleted", "fetch_back": "conversations brought back",
    "reload": "pages reloaded", "begin": "chats begun", "open": "conversations opened",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    """What was done, to what."""

    began: datetime
    command: str
    seed: int
    place: Place
    is_scaled: bool
    people: int
    actions: Counter[str]
    faults: Counter[str]
    restarts: int
    tracebacks: int
    memory: Memory


def report(run: Run, audit: Audit) -> str:
    """The page."""
    where = "two processes on PostgreSQL and Redis" if run.is_scaled else "one process on SQLite"
    lines = [
        "# Soak",
        "",
        f"Written by `{run.command}` (seed {run.seed}), begun on {run.began:%Y-%m-%d, %H:%M} UTC at"
        f" {run.place.commit}; not edited.",
        f"{run.people} people with two tabs each, {where}, with load and upstream on the same machine:"
        f" {run.place.machine}.",
        "",
        *_table("", "count", "wanted", _counts(audit)),
        *_memory(run.memory),
        f"## {run.actions.total()} actions",
        "",
        *_table("what people did", "times", "", [(WORDS[name], n, "") for name, n in run.actions.most_common()]),
        f"## {run.faults.total()} faults",
        "",
        *_table("what went wrong", "times", "", [(name, n, "") for name, n in run.faults.most_common()]),
        f"The site was started {run.restarts} times again. Its log has {run.tracebacks} tracebacks.",
        "",
    ]
    if audit.findings:
        lines += ["## Findings", "", *(f"- `{each[:600]}`" for each in audit.findings[:50]), ""]
    return "\n".join(lines)


def _counts(audit: Audit) -> list[tuple[str, int, str]]:
    return [
        ("sent: messages, edits, repetitions", audit.sent, ""),
        (f"refused with a reason{_reasons(audit)}", audit.refused.total(), ""),
        ("acknowledged", audit.acknowledged, ""),
        ("stored", audit.stored, "≥ acknowledged"),
        ("lost: acknowledged, but not stored as sent", audit.lost, "0"),
        ("duplicated", audit.duplicated, "0"),
        ("wrong recipient", audit.misdirected, "0"),
        ("stuck: no end, or no answer, a minute later", audit.stuck, "0"),
        ("damaged: a reply that is not what the model said", audit.damaged, "0"),
        ("tabs that differ from the database at the end", audit.differing, "0"),
    ]


def _reasons(audit: Audit) -> str:
    return ": " + ", ".join(f"{code} {count}" for code, count in audit.refused.most_common()) if audit.refused else ""


def _memory(memory: Memory) -> list[str]:
    if memory.slope is None:
        return ["The last process did not live long enough to tell how its memory grows.", ""]
    first, last = memory.warm[0][1], memory.warm[-1][1]
    early, late = memory.halves
    return [
        f"Memory (resident, all processes together) grew by {memory.slope:+.1f} MB/h: from {first:.1f} to {last:.1f} MB"
        f" in the last {memory.minutes:.0f} minutes, by {early:+.1f} MB in their first half and by {late:+.1f} MB in"
        " their second. The first quarter of the last processes' life is left out, and for this no process is ended in"
        " the last third of the run.",
        "",
    ]


def _table(*cells: object) -> list[str]:
    *head, rows = cells
    names = [str(each) for each in head if each or each == head[0]]
    assert isinstance(rows, list)
    lines = [names, ["---", "---:", "---"][: len(names)], *([str(cell) for cell in row][: len(names)] for row in rows)]
    return [*(f"| {' | '.join(line)} |" for line in lines), ""]
