"""The closing count is honest: every kind of failure is counted, and a skipped test is one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from chatsite.bootstrap import node
from chatsite.checks.counting import Outcome, brief, run
from chatsite.checks.steps import PYTEST, Step

TESTS = """
import pytest
def test_good(): pass
def test_bad(): assert False
@pytest.mark.skip
def test_skipped(): pass
@pytest.fixture
def broken(): raise OSError
def test_error(broken): pass
@pytest.fixture
def complaining():
    yield
    raise OSError
def test_bad_twice(complaining): assert False
class TestOne:
    def test_same(self): pass
class TestOther:
    def test_same(self): assert False
"""


def outcome(step: Step) -> Outcome:
    return run(step, dict(os.environ))


@pytest.mark.parametrize(("status", "passed", "failed"), [(0, 1, 0), (1, 0, 1), (2, 0, 1)])
def test_a_check_counts_one(status: int, passed: int, failed: int) -> None:
    ran = outcome(Step("check", (sys.executable, "-c", f"print('said'); raise SystemExit({status})")))
    assert (ran.passed, ran.failed, ran.output) == (passed, failed, "said\n")


def test_each_test_counts_and_what_was_skipped_failed(tmp_path: Path) -> None:
    file = tmp_path / "test_mixed.py"
    file.write_text(TESTS)
    ran = outcome(Step("tests", (*PYTEST, "-p", "no:django", "-c", os.devnull), (str(file),), "pytest"))
    assert (ran.passed, ran.failed) == (2, 5)
    failing = ["test_bad", "test_skipped", "test_error", "test_bad_twice", "TestOther::test_same"]
    assert [name.partition("::")[2] for name in ran.failing] == failing
    assert "test_bad" in ran.output


def test_a_long_comparison_leaves_room_for_the_next_failure() -> None:
    long = ["E   assert a == b", *(f"E     {n}" for n in range(1000)), "x" * 10_000, "FAILED second"]
    told = brief("\n".join(long))
    assert "E   assert a == b" in told
    assert "more lines" in told
    assert told.endswith("FAILED second")
    assert len(told) < 1500
    assert brief("short\nE   x") == "short\nE   x"


def test_a_run_that_finds_no_test_failed(tmp_path: Path) -> None:
    ran = outcome(Step("tests", (*PYTEST, "-p", "no:django", "-c", os.devnull), (str(tmp_path),), "pytest"))
    assert (ran.passed, ran.failed) == (0, 1)


def test_a_run_that_dies_failed() -> None:
    ran = outcome(Step("tests", (sys.executable, "-c", "import os; os.abort()"), (), "pytest"))
    assert (ran.passed, ran.failed) == (0, 1)


def test_a_step_that_hangs_is_ended_and_failed() -> None:
    step = Step("check", (sys.executable, "-c", "print('began', flush=True); import time; time.sleep(1000)"))
    for limit in (1, 10, 60):
        ran = run(step, dict(os.environ), limit=limit)
        if "began" in ran.output:  # a busy machine may not come so far in the first of them
            break
    assert (ran.passed, ran.failed) == (0, 1)
    assert "began" in ran.output
    assert "hangs" in ran.output


def test_node_tests_count_each(tmp_path: Path) -> None:
    file = tmp_path / "some.test.mjs"
    file.write_text("import test from 'node:test'; test('a', () => {}); test('b', () => { throw Error('no') });")
    ran = outcome(Step("JavaScript", (str(node() / "bin" / "node"), "--test"), (str(file),), "node"))
    assert (ran.passed, ran.failed) == (1, 1)


def test_the_count_reads_as_a_sentence() -> None:
    assert str(Outcome(3, 0)) == "3 passed"
    assert str(Outcome(3, 1)) == "3 passed, 1 failed"
