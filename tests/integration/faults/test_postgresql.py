"""Two sites start on an empty PostgreSQL; it restarts in the middle of a reply, and has too few connections."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import httpx
import psycopg
import pytest

from tests import databases, machines
from tests.integration.conftest import MODEL
from tests.integration.faults.conftest import PATIENCE, at, cookies_at, stored
from tests.integration.test_migrating import check_there_and_back
from tests.machines import Machine
from tests.sites import Site
from tests.tab import tab_of
from tests.terminal import wait_until
from tests.upstream import Plan, Upstream

WORDS = " ".join(f"word{n}" for n in range(300))


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Machine]:
    """With room for eight, where a site would take sixteen."""
    with tempfile.TemporaryDirectory(prefix="chatsite-postgresql-") as folder:
        Path(folder).chmod(0o755)
        with machines.postgresql(
            Path(folder) / "server", max_connections="8", superuser_reserved_connections="0"
        ) as machine:
            yield machine


# The first two, while no other site has connections.
def test_sites_that_start_at_once_on_an_empty_database_all_come_up(tmp_path: Path, postgresql: Machine) -> None:
    url = databases.bare_on_server(f"postgres://chatsite@127.0.0.1:{postgresql.port}/postgres")
    with ExitStack() as running, ThreadPoolExecutor() as starting:
        sites = [Site.bare(tmp_path / name, DATABASE_URL=url, REDIS_URL="") for name in ("first", "second")]
        for site in sites:
            running.callback(site.close)
        list(starting.map(Site.start, sites))
        assert sorted("migrations" in site.output for site in sites) == [False, True], "one has done it for all"
        for site in sites:
            wait_until(partial(is_ready, site))
            assert "ERROR" not in site.output


def is_ready(site: Site) -> bool:
    """A part that is slow to answer is none that is ready, and both share few connections."""
    return httpx.get(f"{site.address}/readyz", timeout=PATIENCE).status_code == 200


def test_migrations_go_there_and_back(tmp_path: Path, postgresql: Machine) -> None:
    server = f"postgres://chatsite@127.0.0.1:{postgresql.port}/postgres"
    check_there_and_back(databases.bare_on_server(server), tmp_path)


@pytest.fixture(scope="module")
def site(folder: Path, upstream: Upstream, postgresql: Machine) -> Iterator[Site]:
    server = f"postgres://chatsite@127.0.0.1:{postgresql.port}/postgres"
    with Site(folder, OLLAMA_HOST=upstream.address, DATABASE_URL=databases.on_server(server), REDIS_URL="") as site:
        yield site


@pytest.fixture(scope="module")
def cookies(site: Site) -> dict[str, str]:
    return cookies_at(site)


async def test_a_reply_outlives_a_restart(
    site: Site, cookies: dict[str, str], postgresql: Machine, upstream: Upstream
) -> None:
    upstream.plan(Plan(WORDS, hold=50))
    async with at(site, cookies) as alice, tab_of(alice) as tab:
        asked = await tab.ask("hello", model=MODEL)
        reply = asked["messages"][1]["id"]
        await tab.wait_for_text(reply, 100)
        postgresql.stop(signal.SIGINT)
        try:
            upstream.release()
            await tab.wait_for_text(reply, len(WORDS))
            page = await alice.get("/")
            assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
        finally:
            postgresql.start()
        assert (await tab.wait_for("reply.finished"))["state"] == "complete"
        assert (await until_well(alice)).status_code == 200
        assert (await stored(alice, asked["conversation"]))[1]["content"] == tab.texts[reply] == WORDS


async def until_well(client: httpx.AsyncClient) -> httpx.Response:
    """The first page that is no “come again”."""
    async with asyncio.timeout(PATIENCE):
        while (page := await client.get("/")).status_code == 503:
            pass
    return page


async def test_connections_that_the_server_has_ended_are_replaced_before_use(
    site: Site, cookies: dict[str, str], postgresql: Machine
) -> None:
    async with at(site, cookies) as alice:
        assert (await until_well(alice)).status_code == 200
        with psycopg.connect(f"postgres://chatsite@127.0.0.1:{postgresql.port}/postgres", autocommit=True) as operator:
            ended = operator.execute(
                "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            ).fetchall()
            there = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s)"
            wait_until(lambda: operator.execute(there, [[pid for pid, _done in ended]]).fetchone() == (0,))
        assert ended
        assert [(await alice.get("/")).status_code for _ in range(8)] == [200] * 8


async def test_too_few_connections_are_waited_for(site: Site, cookies: dict[str, str]) -> None:
    async with at(site, cookies) as alice:
        pages = await asyncio.gather(*(alice.get("/") for _ in range(60)))
        found = Counter(page.status_code for page in pages)
        assert set(found) <= {200, 503}
        assert found[200]
        assert all(page.headers["Retry-After"] for page in pages if page.status_code == 503)
        assert (await until_well(alice)).status_code == 200
