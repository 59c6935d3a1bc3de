"""Every fault of the catalogue has a test that is there, and the page that tells of them is as the tables have it."""

from __future__ import annotations

import ast
import re
from datetime import date

import pytest

from tests.faults.page import GROUPS, PAGE, Row, every_row, render, rows
from tests.house.sources import ROOT, tree

CATALOGUE = {
    "U": [*range(1, 9), *range(10, 18), 19, 22],
    "B": [1, 2, 3, 4, 6, 8, 9, 10, 12, 13, 14],
    "P": [*range(1, 10), 11, 13, 14, 15, 16],
    "C": [1, 2, 3, 4, 5, 7, 8, 9, 10, 12],
    "E": [1, 2, 3, *range(5, 14), 15, 17, 18, 19],
    "A": [1, 2, 3, 4, *range(6, 16), 17, 18, 19, 20],
    "G": [1, 2, 3, 4, 5, 6, 7],
}
NAMED = sorted({test for row in every_row() for test in row.tests})


@pytest.mark.parametrize("letter", GROUPS)
def test_every_case_of_the_catalogue_is_there(letter: str) -> None:
    names = [row.name for row in rows(GROUPS[letter][0])]
    assert names == [f"{letter}{number}" for number in CATALOGUE[letter]]


def test_every_promise_is_there() -> None:
    assert [row.name for row in rows("promises")] == [str(number) for number in range(1, 16)]


def test_every_row_is_proven() -> None:
    known = {row.name for row in every_row()}
    assert [row.name for row in every_row() if not row.tests and not row.rows] == []
    assert not {name for row in every_row() for name in row.rows} - known


@pytest.mark.parametrize("named", NAMED)
def test_a_test_that_is_named_is_there(named: str) -> None:
    path, _, name = named.partition("::")
    assert name in (scripts(path) if path.endswith(".js") else functions(path))


@pytest.mark.parametrize("row", [row for row in every_row() if row.tests], ids=lambda row: row.name)
def test_what_the_user_reads_is_what_a_test_expects(row: Row) -> None:
    tests = "".join((ROOT / "tests" / test.partition("::")[0]).read_text() for test in row.tests)
    assert not [code for code in row.codes if f'"{code}"' not in tests]


def test_the_page_is_as_the_tables_have_it() -> None:
    told = PAGE.read_text("utf-8")
    day = re.search(r"Made on (\d{4}-\d\d-\d\d) by", told)
    assert day, "run python -m tests.faults"
    assert told == render(date.fromisoformat(day[1])), "run python -m tests.faults"


def functions(path: str) -> set[str]:
    body = tree(ROOT / "tests" / path).body
    return {node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def scripts(path: str) -> set[str]:
    return set(re.findall(r'^\s*test\("((?:[^"\\]|\\.)+)"', (ROOT / "tests" / path).read_text(), re.MULTILINE))
