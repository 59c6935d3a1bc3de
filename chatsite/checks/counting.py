"""Runs one step and counts honestly what it proved: a check counts one, a test run counts each of its tests."""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree

from chatsite.bootstrap import ROOT
from chatsite.checks.steps import Step

LIMIT = 1200.0  # seconds for one step
COMPARED, WIDTH = 20, 400  # lines, characters


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a step. `output` is what it printed; empty when it printed straight to the terminal.

    `failing` are the tests of pytest that failed, as it is told of them; `again` how many passed at a second try only.
    """

    passed: int
    failed: int
    output: str = ""
    seconds: float = 0.0
    failing: tuple[str, ...] = ()
    again: int = 0

    def __str__(self) -> str:
        return f"{self.passed} passed" + (f", {self.failed} failed" if self.failed else "")


def run(step: Step, environment: dict[str, str], show: bool = False, limit: float = LIMIT) -> Outcome:
    """Run it and count. With `show` its output goes to the terminal; after `limit` seconds it has failed."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+", errors="replace") as output:
        report = Path(folder) / "report"
        process = subprocess.Popen(
            [*step.command, *_report_options(step, report), *step.files],
            cwd=ROOT,
            env={**environment, **step.environment},
            stdin=subprocess.DEVNULL,
            stdout=None if show else output,
            stderr=None if show else output,
        )
        hung = _wait(process, limit)
        passed, failed = _count(step, report, process.returncode == 0)
        failing = _failing(report) if failed and step.counts == "pytest" else ()
        output.seek(0)
        printed = output.read() + hung
    if process.returncode and not failed:
        failed = 1
    return Outcome(passed, failed, printed, time.monotonic() - began, failing)


def brief(output: str) -> str:
    """`output` without what a page of a log has no room for: the middle of long lines and of long comparisons."""
    lines: list[str] = []
    for compares, some in groupby(output.splitlines(), lambda line: line.startswith("E  ")):
        found = list(some)
        left_out = len(found) - COMPARED if compares else 0
        lines += [*found[:COMPARED], f"E   … and {left_out} more lines"] if left_out > 0 else found
    return "\n".join(line if len(line) <= WIDTH else f"{line[:WIDTH]}…" for line in lines)


def _wait(process: subprocess.Popen[bytes], limit: float) -> str:
    """What to say when it had to be ended."""
    try:
        process.wait(limit)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return f"\nEnded after {limit:.0f} seconds: something in it hangs.\n"
    return ""


def _report_options(step: Step, report: Path) -> list[str]:
    if step.counts == "pytest":
        return [f"--junitxml={report}", "--override-ini=junit_family=xunit1"]  # which names the files
    if step.counts == "node":
        return ["--test-reporter=spec", "--test-reporter-destination=stdout",
                "--test-reporter=tap", f"--test-reporter-destination={report}"]  # fmt: skip
    return []


def _count(step: Step, report: Path, succeeded: bool) -> tuple[int, int]:
    if step.counts == "itself":
        return int(succeeded), int(not succeeded)
    if not report.exists():
        return 0, 1
    return _count_pytest(report) if step.counts == "pytest" else _count_node(report)


def _count_pytest(report: Path) -> tuple[int, int]:
    tests = _tests(report)
    return sum(tests.values()), len(tests) - sum(tests.values())


def _tests(report: Path) -> dict[str, bool]:
    """Whether each passed: a skipped test proved nothing, and none is allowed. One that fails twice is there twice."""
    passed: dict[str, bool] = {}
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        file = str(case.get("file"))
        inner = str(case.get("classname")).rpartition(Path(file).stem)[2]  # its class, of the few that have one
        name = "::".join([file, *filter(None, inner.split(".")), str(case.get("name"))])
        is_bad = any(case.find(kind) is not None for kind in ("failure", "error", "skipped"))
        passed[name] = passed.get(name, True) and not is_bad
    return passed


def _failing(report: Path) -> tuple[str, ...]:
    return tuple(name for name, passed in _tests(report).items() if not passed) if report.exists() else ()


def _count_node(report: Path) -> tuple[int, int]:
    counts = dict(re.findall(r"^# (pass|fail|cancelled|skipped|todo) (\d+)$", report.read_text(), re.MULTILINE))
    passed = int(counts.pop("pass", 0))
    return passed, sum(map(int, counts.values()))
