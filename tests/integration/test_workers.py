"""`manage.py up --workers N`: several processes behind one address, which end with the one that started them."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from chatsite.checks.servers import find_or_install, servers
from tests.sites import PATIENCE, ROOT, Site


@pytest.fixture(scope="module")
def redis() -> Iterator[str]:
    find_or_install()
    with servers() as environment:
        yield environment["REDIS_URL"]


@pytest.fixture
def site(tmp_path: Path, redis: str) -> Iterator[Site]:
    with Site(tmp_path / "var", "--workers", "2", "--redis", redis) as made:
        yield made


def port_of(site: Site) -> int:
    return int(site.address.rpartition(":")[2])


def wait_until_nobody_listens(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.05)
    pytest.fail("a worker is left")


def wait_until_both_tell_figures(site: Site) -> None:
    """Whichever is asked answers for both, once both have begun."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        figures = httpx.get(f"{site.address}/metrics", timeout=PATIENCE).text
        if len(set(re.findall(r'chatsite_sockets\{worker="(\d+)"\}', figures))) == 2:
            return
        time.sleep(0.05)
    pytest.fail("one of the workers tells no figures")


def test_two_workers_serve_and_end_well(site: Site) -> None:
    pages = [httpx.get(f"{site.address}/accounts/login/", timeout=PATIENCE) for _ in range(10)]
    assert {page.status_code for page in pages} == {200}
    wait_until_both_tell_figures(site)
    assert site.stop() == 0
    wait_until_nobody_listens(port_of(site))


def test_workers_end_when_their_parent_was_killed(site: Site) -> None:
    assert httpx.get(f"{site.address}/accounts/login/", timeout=PATIENCE).status_code == 200
    site.kill()
    wait_until_nobody_listens(port_of(site))


def test_several_workers_need_redis(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "manage.py", "up", "--no-open", "--workers", "2"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert ran.returncode == 1
    assert "--redis" in ran.stderr
    assert "Traceback" not in ran.stderr
