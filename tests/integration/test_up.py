"""`manage.py up` as a stranger types it: a real process, real signals, a real port."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import databases
from tests.sites import PATIENCE, ROOT, Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site.bare(tmp_path / "var")
    yield made
    made.close()


def first_page(address: str) -> httpx.Response:
    return httpx.get(address, headers={"Accept": "text/html"}, follow_redirects=True, timeout=PATIENCE)


def test_it_migrates_serves_and_ends_well_and_starts_again(site: Site) -> None:
    site.start()
    assert first_page(site.address).status_code == 200
    assert "migrations" in site.output
    assert site.stop(signal.SIGTERM) == 0
    assert site.output.rstrip().endswith("Stopped.")

    said_before = len(site.output)
    site.start()
    assert "migrations" not in site.output[said_before:]
    assert first_page(site.address).status_code == 200
    assert site.stop(signal.SIGINT) == 0


def test_a_database_that_is_in_use_is_backed_up_before_it_is_changed(tmp_path: Path) -> None:
    own = databases.own_database() or {"DATABASE_URL": ""}
    environment = {"PATH": "/usr/bin:/bin", "DATA_DIR": str(tmp_path), **own}

    def manage(*arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout

    databases.lay(tmp_path)
    manage("migrate", "sessions", "zero", "--verbosity", "0")
    site = Site.bare(tmp_path, **own).start()
    site.close()
    (made,) = (tmp_path / "backups").iterdir()
    assert f"{made}\n" in site.output
    assert re.fullmatch(r"\d{8}T\d{6}Z-before-[\d.]+-at-\d{4}_\w+\.tar", made.name)
    assert "Every hash is right." in manage("restore", "--check", str(made))


def test_a_taken_port_is_named_with_the_way_on(site: Site) -> None:
    site.start()
    port = site.address.rpartition(":")[2]
    second = subprocess.run(
        [sys.executable, "manage.py", "up", "--no-open"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **site.environment, "PORT": port},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert second.returncode == 1
    assert f"127.0.0.1:{port} cannot be used" in second.stderr
    assert f"PORT={int(port) + 1} python3 manage.py up" in second.stderr
    assert "Traceback" not in second.stderr


def test_an_unreachable_database_is_named_with_the_way_on(tmp_path: Path) -> None:
    site = Site.bare(tmp_path, DATABASE_URL="postgres://nobody@127.0.0.1:9/none")
    with pytest.raises(RuntimeError) as failed:
        site.start()
    assert "DATABASE_URL" in str(failed.value)
    assert "Traceback" not in str(failed.value)
