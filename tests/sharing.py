"""Shares of a test run: whole files, so that what a module sets up once is set up once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path


def share_of(files: Counter[Path], part: int, parts: int) -> set[Path]:
    """The files of `part` (from 1) of `parts`: each file is in one of them, and their numbers of tests are alike."""
    loads = [0] * parts
    mine = set()
    for path, count in sorted(files.items(), key=lambda entry: (-entry[1], str(entry[0]))):
        place = loads.index(min(loads))
        loads[place] += count
        if place == part - 1:
            mine.add(path)
    return mine
