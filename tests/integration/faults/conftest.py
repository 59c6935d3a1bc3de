"""Two sites on one database and one Redis of the tests' own, for a whole file."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import databases, machines
from tests.machines import Machine
from tests.sites import Site
from tests.tab import Tab, sign_up
from tests.upstream import Upstream

PATIENCE = 120.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("faults")


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream(rate=200) as upstream:
        yield upstream


@pytest.fixture(scope="module")
def redis() -> Iterator[Machine]:
    with machines.redis() as redis:
        yield redis


@pytest.fixture(scope="module")
def settings_module() -> str:
    return "chatsite.settings"


@pytest.fixture(scope="module")
def pair(folder: Path, upstream: Upstream, redis: Machine, settings_module: str) -> Iterator[tuple[Site, Site]]:
    own = {
        "DATABASE_URL": laid(folder),
        "REDIS_URL": f"redis://127.0.0.1:{redis.port}/0",
        "OLLAMA_HOST": upstream.address,
        "OLLAMA_NUM_PARALLEL": "8",
        "SECRET_KEY": uuid.uuid4().hex * 2,
        "DJANGO_SETTINGS_MODULE": settings_module,
    }
    with ExitStack() as running:
        sites = []
        for name in ("first", "second"):
            site = Site(folder / name, **own).start()
            running.callback(site.close)
            sites.append(site)
        yield sites[0], sites[1]


@pytest.fixture(scope="module")
def cookies(pair: tuple[Site, Site]) -> dict[str, str]:
    """Alice's."""
    return cookies_at(pair[0])


def cookies_at(site: Site, name: str = "alice") -> dict[str, str]:
    """Those of somebody who is new there."""
    return dict(asyncio.run(sign_up(site.address, name)).cookies)


def laid(folder: Path) -> str:
    """The address of a migrated database: on the server that the run is on, otherwise an SQLite there."""
    own = databases.own_database()
    if own:
        return own["DATABASE_URL"]
    databases.lay(folder)
    return f"sqlite:///{folder / databases.FILE}"


def at(site: Site, cookies: dict[str, str]) -> httpx.AsyncClient:
    """The same person, at this process."""
    return httpx.AsyncClient(base_url=site.address, trust_env=False, cookies=cookies, timeout=PATIENCE)


async def stored(client: httpx.AsyncClient, conversation: str) -> list[dict[str, Any]]:
    """The messages, as the database has them."""
    answer = await client.get(f"/api/v1/conversations/{conversation}/transcript.json")
    assert answer.status_code == 200, answer.text
    messages: list[dict[str, Any]] = answer.json()["messages"]
    return messages


async def settled(tab: Tab, reply: int) -> str:
    """The text that the tab has once it knows that the reply has ended: it asks as the page does."""
    async with asyncio.timeout(PATIENCE):
        while not any(_tells_the_end(event, reply) for event in tab.events):
            await tab.send(type="ping")
            await tab.listen(0.3)
    await tab.send(type="resume", reply=reply, content_at=len(tab.texts.get(reply, "")))
    await tab.wait_for("reply.text", lambda event: event["reply"] == reply and event["state"] == "complete")
    return tab.texts[reply]


def _tells_the_end(event: dict[str, Any], reply: int) -> bool:
    if event["type"] == "opened":
        return reply not in {text["reply"] for text in event["running"]}
    return bool(event["type"] == "reply.finished" and event["reply"] == reply)
