"""Tests that run in shares: none is left out, none runs twice."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from chatsite.checks import steps
from tests.sharing import share_of


@given(st.dictionaries(st.text("abcdef/", min_size=1).map(Path), st.integers(1, 99)), st.integers(1, 5))
def test_each_file_is_in_one_share(files: dict[Path, int], parts: int) -> None:
    shares = [share_of(Counter(files), part, parts) for part in range(1, parts + 1)]
    assert sorted(path for share in shares for path in share) == sorted(files)
    loads = [sum(files[path] for path in share) for share in shares]
    assert max(loads) - min(loads) <= max(files.values(), default=0)


def test_a_run_in_shares_has_the_tests_of_one_that_is_whole() -> None:
    whole, *shares = (collected("--part", part) for part in ("1/1", "1/2", "2/2"))
    assert sorted(shares[0] + shares[1]) == sorted(whole)
    assert all(share for share in shares)


def collected(*options: str) -> list[str]:
    command = [sys.executable, "-m", "pytest", "--collect-only", "--quiet", "--quiet", "tests/unit/tools", *options]
    done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if line]


def test_all_shares_are_run() -> None:
    every = (steps.unit_tests(), steps.integration_tests(), steps.browser_tests("chromium"))
    for made in (*every, steps.on_servers(), steps.browser_on_servers("chromium")):
        parts = [step.command[-1] for step in made]
        assert parts == [f"{number}/{len(parts)}" for number in range(1, len(parts) + 1)]
        assert len(parts) > 1
