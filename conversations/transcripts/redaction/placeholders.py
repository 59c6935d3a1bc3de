"""Which placeholder stands for what, in an export of any size.

An export may name more people than fit into memory. So what is known lies in a temporary file (SQLite's, which nobody
else can open and which is gone when this is), with the last few thousand at hand.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import groupby
from json import dumps
from operator import itemgetter

KEY_FORMAT = "chatsite-redaction-key"
AT_HAND = 5000
_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA cache_size = -1024;
CREATE TABLE thing (id INTEGER PRIMARY KEY, label TEXT, number INTEGER, identity TEXT, UNIQUE (label, identity));
CREATE TABLE original (thing INTEGER, written TEXT, UNIQUE (thing, written));
BEGIN;
"""
_ALL = """
SELECT thing.label, thing.number, original.written FROM thing JOIN original ON original.thing = thing.id
ORDER BY thing.id, original.rowid
"""


class Placeholders:
    """For one export. It may be used by several threads, one after the other."""

    def __init__(self) -> None:
        self._kept = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._kept.executescript(_SCHEMA)
        self._counts: dict[str, int] = {}
        self._at_hand: dict[tuple[str, str, str], str] = {}

    def name(self, label: str, identity: str, written: str) -> str:
        """What stands for the thing, which is `written` so in a text: the same thing has the same one."""
        key = (label, identity, written)
        found = self._at_hand.get(key)
        if found is None:
            if len(self._at_hand) >= AT_HAND:
                self._at_hand.clear()
            found = self._at_hand[key] = f"[{label}-{self._number(*key)}]"
        return found

    def entries(self) -> Iterator[tuple[str, list[str]]]:
        """Each placeholder, in the order of their first use, with every way its thing was written."""
        for (label, number), rows in groupby(self._kept.execute(_ALL), itemgetter(0, 1)):
            yield f"[{label}-{number}]", [written for _label, _number, written in rows]

    def key(self) -> Iterator[str]:
        """All of it as JSON, a placeholder a line. To be kept apart."""
        yield f'{{"format": "{KEY_FORMAT}", "version": 1, "placeholders": {{'
        separator = "\n"
        for name, written in self.entries():
            yield f"{separator}{dumps(name)}: {dumps(written, ensure_ascii=False)}"
            separator = ",\n"
        yield "\n}}\n"

    def _number(self, label: str, identity: str, written: str) -> int:
        query = "SELECT id, number FROM thing WHERE label = ? AND identity = ?"
        row = self._kept.execute(query, (label, identity)).fetchone()
        if row is None:
            number = self._counts[label] = self._counts.get(label, 0) + 1
            made = self._kept.execute(
                "INSERT INTO thing (label, number, identity) VALUES (?, ?, ?)", (label, number, identity)
            )
            row = made.lastrowid, number
        self._kept.execute("INSERT OR IGNORE INTO original VALUES (?, ?)", (row[0], written))
        return int(row[1])
