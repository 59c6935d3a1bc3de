"""What `manage.py test --stores` runs where: what reaches a store once on PostgreSQL and Redis, but for `sqlite`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.conf import settings

from chatsite.checks import steps
from chatsite.management.commands.test import STORES, Command

TESTS = """
import os
import pytest
def test_where(): assert os.environ["DATABASE_URL"].startswith("postgres"), os.environ["REDIS_URL"]
@pytest.mark.sqlite
def test_elsewhere(): raise AssertionError
"""


def test_arguments_run_on_servers_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "test_stores.py"
    file.write_text(TESTS)
    (ran,) = Command().run_all(["-p", "no:django", "-c", os.devnull, str(file)], "servers")
    assert (ran.passed, ran.failed) == (1, 0)


def test_nothing_is_left_out_and_nothing_comes_twice() -> None:
    """The folders and the marks of the steps that share the suite on servers among them."""
    shares = [*steps.on_servers(), *steps.browser_on_servers(""), *steps.browser_on_servers("", is_whole=True)]
    asked = {share.command[len(steps.PYTEST) : share.command.index("--part")] for share in shares}
    assert asked == {
        ("tests/unit", "tests/integration", "-m", "not sqlite and not storeless"),
        (*steps.TOGETHER, "-m", "not sqlite"),
        ("tests/browser", "-m", "not sqlite"),
    }
    assert all((Path(settings.BASE_DIR) / place).exists() for place in steps.TOGETHER)
    for group in asked:
        parts = [share.command[-1] for share in shares if share.command[len(steps.PYTEST) :][: len(group)] == group]
        assert parts == [f"{number}/{len(parts)}" for number in range(1, len(parts) + 1)]


def test_a_store_that_is_not_known_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "test", "--stores", "mysql"])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert all(name in told for name in STORES)
