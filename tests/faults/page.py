"""`docs/faults.md`, made from the tables beside this file; the words of a fault are those of the program."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.utils import translation

from conversations.faults import FAULTS, UPLOADS

FOLDER = Path(__file__).parent
PAGE = FOLDER.parent.parent / "docs" / "faults.md"
GROUPS = {
    "U": ("upstream", "The model server"),
    "B": ("browser", "The browser and the network"),
    "P": ("process", "Processes, servers and the machine"),
    "C": ("concurrency", "Things at the same time"),
    "E": ("input", "Bad input"),
    "A": ("access", "Access"),
    "G": ("abuse", "Abuse and limits"),
}
UNPROVEN = "*not proven yet*"
HEAD = """# What can go wrong

Each case, what a person sees of it, and the tests that bring it about for real: a scripted model server, sites that
are killed, stopped and drained, Redis and PostgreSQL that stop and come back, a channel layer that loses messages, a
browser behind a proxy that cuts, delays and swallows. All of them run in `python3 manage.py test`. Unless said
otherwise the person's message stays stored, what was written of the reply is kept, and nobody else notices.

Made on {day} by `python -m tests.faults` from `tests/faults/*.toml`; what stands in quotation marks is what the
program says.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A case: `codes` are faults of `conversations.faults`, `tests` are `path::name` below `tests/`."""

    name: str
    case: str
    codes: tuple[str, ...] = ()
    sees: str = ""
    tests: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What the person reads and sees."""
        known = {**UPLOADS, **FAULTS}
        with translation.override("en"):
            said = [f"“{known[code].text}” {known[code].advice} (`{code}`)" for code in self.codes]
        return " ".join([*said, self.sees]).strip()


def rows(table: str) -> list[Row]:
    """The rows of a table, in their order."""
    found = tomllib.loads((FOLDER / f"{table}.toml").read_text("utf-8"))
    return [_row(name, values) for name, values in found.items()]


def every_row() -> list[Row]:
    """All cases, and the promises behind them."""
    return [row for table in (*(table for table, _title in GROUPS.values()), "promises") for row in rows(table)]


def render(day: date) -> str:
    """The whole page."""
    return "\n".join([HEAD.format(day=day.isoformat()), *_cases(), *_promises()])


def _cases() -> Iterator[str]:
    for letter, (table, title) in GROUPS.items():
        yield f"## {letter}. {title}\n"
        yield "| | case | what the user sees | proven by |"
        yield "|---|---|---|---|"
        for row in rows(table):
            yield f"| {row.name} | {row.case} | {_cell(row.words)} | {_proof(row) or UNPROVEN} |"
        yield ""


def _promises() -> Iterator[str]:
    yield "## What is promised\n"
    yield "| | promise | proven by |"
    yield "|---|---|---|"
    for row in rows("promises"):
        yield f"| {row.name} | {row.case} | {_proof(row) or UNPROVEN} |"
    yield ""


def _proof(row: Row) -> str:
    return "<br>".join([*([", ".join(row.rows)] if row.rows else []), *(f"`{_cell(test)}`" for test in row.tests)])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _row(name: str, values: dict[str, Any]) -> Row:
    codes, tests, rows_of_it = (tuple(values.get(key, ())) for key in ("codes", "tests", "rows"))
    return Row(name, values["case"], codes, values.get("sees", ""), tests, rows_of_it)
