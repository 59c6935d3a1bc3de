"""Runs one step and counts honestly what it proved: a check counts one, a test run counts each of its tests."""

from __future__ import annotations

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from chatsite.bootstrap import ROOT
from chatsite.checks.steps import Step

LIMIT = 1200.0  # seconds for one step


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a step. `output` is what it printed; empty when it printed straight to the terminal."""

    passed: int
    failed: int
    output: str = ""

    def __str__(self) -> str:
        return f"{self.passed} passed" + (f", {self.failed} failed" if self.failed else "")


def run(step: Step, environment: dict[str, str], show: bool = False, limit: float = LIMIT) -> Outcome:
    """Run it and count. With `show` its output goes to the terminal; after `limit` seconds it has failed."""
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
        output.seek(0)
        printed = output.read() + hung
    if process.returncode and not failed:
        failed = 1
    return Outcome(passed, failed, printed)


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
        return [f"--junitxml={report}"]
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
    # A skipped test proved nothing, and none is allowed: it counts as failed.
    suites = list(ElementTree.parse(report).getroot().iter("testsuite"))
    total = sum(int(suite.get("tests", 0)) for suite in suites)
    failed = sum(int(suite.get(kind, 0)) for suite in suites for kind in ("failures", "errors", "skipped"))
    return total - failed, failed


def _count_node(report: Path) -> tuple[int, int]:
    counts = dict(re.findall(r"^# (pass|fail|cancelled|skipped|todo) (\d+)$", report.read_text(), re.MULTILINE))
    passed = int(counts.pop("pass", 0))
    return passed, sum(map(int, counts.values()))
