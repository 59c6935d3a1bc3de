"""A second try is for few tests with real parts, and never hides what fails by itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chatsite.checks import again
from chatsite.checks.counting import Outcome
from chatsite.checks.lanes import Lanes
from chatsite.checks.steps import PYTEST, Step

TESTS = """
import pathlib
def test_good(): pass
def test_once():
    seen = pathlib.Path(__file__).with_name("seen")
    assert seen.exists() or seen.touch()
def test_never(): assert False
"""
SITE, PAGE, UNIT = "tests/integration/test_a.py::test_b", "tests/browser/test_a.py::test_b[c d]", "tests/unit/a.py::b"


def failed(*names: str, count: int | None = None) -> Outcome:
    return Outcome(3, len(names) if count is None else count, failing=names)


@pytest.mark.parametrize(
    ("outcomes", "may"),
    [
        ([failed(SITE), failed(PAGE), Outcome(7, 0)], True),
        ([failed(UNIT)], False),
        ([failed(SITE), failed(UNIT)], False),
        ([failed(SITE), Outcome(0, 1)], False),
        ([failed(SITE, count=2)], False),
        ([failed(*(f"{SITE}{n}" for n in range(again.MOST + 1)))], False),
    ],
)
def test_few_tests_with_real_parts_only(outcomes: list[Outcome], may: bool) -> None:
    assert again.may_be_tried(outcomes) is may


def test_what_passes_alone_is_counted_apart_and_the_rest_stays_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(again, "FOLDERS", ("",))
    file = tmp_path / "test_some.py"
    file.write_text(TESTS)
    options = ("-p", "no:django", "-c", os.devnull, "--rootdir", str(tmp_path))
    monkeypatch.setattr(again, "PYTEST", (*PYTEST, *options))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("chatsite.checks.counting.ROOT", tmp_path)
    with Lanes(dict(os.environ)) as lanes:
        lanes.queue([Step("some", (*PYTEST, *options), (str(file),), "pytest")])
        (first,) = [outcome.result() for _step, outcome in lanes]
        ((step, second),) = [(step, outcome.result()) for step, outcome in lanes.second_tries()]
    assert (first.passed, first.failed) == (1, 2)
    assert step.command[-2:] == ("test_some.py::test_once", "test_some.py::test_never")
    assert (second.passed, second.failed) == (1, 1)
    corrected = again.corrected(second)
    assert (first.passed + corrected.passed, first.failed + corrected.failed, corrected.again) == (2, 1, 1)


def test_nothing_is_tried_again_where_nothing_failed() -> None:
    with Lanes(dict(os.environ)) as lanes:
        lanes.queue([Step("good", ("true",))])
        assert [outcome.result().failed for _step, outcome in lanes] == [0]
        assert list(lanes.second_tries()) == []
