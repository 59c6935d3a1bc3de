"""A short soak: the command starts its site, loads it, breaks it, and reports that nothing is lost."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.sites import ROOT

SHORT = ("--minutes", "0.1", "--seed", "7", "--people", "2", "--pause", "0.7", "--every", "1.2")


def test_a_short_soak_loses_nothing(tmp_path: Path) -> None:
    page = tmp_path / "soak.md"
    command = [sys.executable, "manage.py", "soak", *SHORT, "--report", str(page)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = dict(re.findall(r"^\| (\w+).*? \| (\d+) \|", page.read_text(), re.MULTILINE))
    assert int(rows["acknowledged"]) > 0
    assert (rows["lost"], rows["duplicated"], rows["wrong"], rows["stuck"], rows["tabs"]) == ("0",) * 5
