"""Shares of a test run: whole files, so that what a module sets up once is set up once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

OF_A_TEST = {"unit": 1, "integration": 12, "browser": 12}
"""What one takes, roughly: the latter two begin a site, or open a page."""


def left_out(places: Iterable[Path], part: int, parts: int) -> set[Path]:
    """The files of tests in these folders that are in other shares than `part` (from 1) of `parts`."""
    if parts == 1:
        return set()
    files = {file for place in places for file in (place.rglob("test_*.py") if place.is_dir() else (place,))}
    return files - share_of(Counter({file: _load(file) for file in files}), part, parts)


def share_of(files: Counter[Path], part: int, parts: int) -> set[Path]:
    """The files of `part` (from 1) of `parts`: each file is in one of them, and their loads are alike."""
    loads = [0] * parts
    mine = set()
    for path, count in sorted(files.items(), key=lambda entry: (-entry[1], str(entry[0]))):
        place = loads.index(min(loads))
        loads[place] += count
        if place == part - 1:
            mine.add(path)
    return mine


def _load(file: Path) -> int:
    """By the tests that are seen without importing it."""
    of_one = max((OF_A_TEST[part] for part in file.parts if part in OF_A_TEST), default=1)
    return of_one * file.read_text("utf-8").count("def test_")
