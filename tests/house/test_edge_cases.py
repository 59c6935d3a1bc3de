"""The edge cases of the model API are listed with the tests that prove them, and those tests are there."""

from __future__ import annotations

import ast
import re

import pytest

from tests.house.sources import ROOT, tree

PAGE = (ROOT / "docs" / "model-api.md").read_text("utf-8").partition("## Edge cases")[2]
ROWS = [row.split(" | ") for row in re.findall(r"^\| (.+) \|$", PAGE, re.MULTILINE) if "::" in row]
NAMED = sorted(set(re.findall(r"`(\S+\.py::\w+)`", PAGE)))


def test_every_row_of_the_protocols_list_is_there() -> None:
    numbers = [int(row[0]) for row in ROWS if row[0].isdigit()]
    assert numbers == list(range(1, 43))
    assert all(re.search(r"`\S+\.py::test_\w+`", row[-1]) for row in ROWS)


@pytest.mark.parametrize("named", NAMED)
def test_a_test_that_is_named_is_there(named: str) -> None:
    path, _, function = named.partition("::")
    body = tree(ROOT / "tests" / path).body
    assert function in {node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
