"""The table of the model API says what is there: every option with its range, and no route that does not exist."""

from __future__ import annotations

import re

import pytest

from conversations.api import api
from conversations.sampling import LOAD_TIME, Sampling
from conversations.sampling.words import GROUPS
from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "model-api.md").read_text("utf-8")
_ROW = re.compile(r"^\| (`\w+`(?: ⟳)?) \| ([^|]+) \| ([^|]+) \|", re.MULTILINE)
ROWS = {row[0].split()[0].strip("`"): row for row in _ROW.findall(PAGE)}
RANGES = Sampling.model_json_schema()["properties"]


@pytest.mark.parametrize("name", Sampling.model_fields)
def test_every_option_is_listed_with_its_group_its_range_and_its_mark(name: str) -> None:
    title, place, takes = ROWS[name]
    group = next(group for group in GROUPS if name in group.options)
    assert place == (str(group.label) or "in sight")
    assert ("⟳" in title) == (name in LOAD_TIME)
    kind = RANGES[name]["anyOf"][0]
    if "minimum" in kind:
        assert takes == f"{kind['minimum']:,} to {kind['maximum']:,}".replace("-", "−").replace(".0", "")


def test_every_route_that_is_named_is_there() -> None:
    schema = api.get_openapi_schema()
    there = {f"{method.upper()} {_short(path)}" for path, methods in schema["paths"].items() for method in methods}
    named = {
        f"{method} {_short(path)}"
        for method, path in re.findall(r"`(GET|POST) (/(?:api/v1|library|backends)[^`]*)`", PAGE)
    }
    assert len(named) > 15
    assert named - there == set()


def _short(path: str) -> str:
    return re.sub(r"\{\w+:(\w+)\}", r"{\1}", path.removeprefix("/api/v1"))
