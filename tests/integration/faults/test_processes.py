"""Sites that are killed and stopped in the worst moments: nothing acknowledged is missing, nothing is there twice."""

from __future__ import annotations

import asyncio
import signal
import socket
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from conversations.ids import uuid7
from tests import databases
from tests.integration.conftest import MODEL
from tests.integration.faults.conftest import PATIENCE, at, cookies_at, laid, stored
from tests.sites import Site
from tests.tab import Event, Tab, post, socket_of, tab_of
from tests.upstream import Plan, Upstream

TABLE = "conversations_message"
TABS, QUESTIONS = 4, 8
WORDS = " ".join(f"word{n}" for n in range(300))


@pytest.fixture(scope="module")
def site(folder: Path, upstream: Upstream) -> Iterator[Site]:
    with Site(
        folder,
        OLLAMA_HOST=upstream.address,
        OLLAMA_NUM_PARALLEL="64",
        DATABASE_URL=laid(folder),
    ) as site:
        yield site


@pytest.fixture(scope="module")
def people(site: Site) -> list[dict[str, str]]:
    """The cookies of those who ask: each may have twelve replies at once."""
    return [cookies_at(site, f"asker-{number}") for number in range(TABS)]


@pytest.fixture(autouse=True)
def _running(site: Site) -> None:
    """Whatever the test before has left."""
    if site.process.poll() is not None:
        site.start()


def questions() -> list[dict[str, Any]]:
    return [
        {
            "type": "ask",
            "client_id": str(uuid.uuid4()),
            "conversation": uuid7(),
            "text": f"question {n}",
            "model": MODEL,
        }
        for n in range(QUESTIONS)
    ]


async def acknowledged(tab: Tab) -> set[str]:
    """What the tab was told is stored, until the site is gone."""
    with suppress(ConnectionClosed):
        while True:
            await tab.next()
    return {event["client_id"] for event in tab.events if event["type"] == "asked"}


def on_disk(site: Site) -> Counter[str]:
    """How often each question is in the database."""
    found = databases.rows(site.environment, "SELECT client_id FROM conversations_message WHERE role = 'user'")
    return Counter(str(uuid.UUID(str(row[0]))) for row in found)


async def test_a_kill_loses_nothing_that_was_acknowledged_and_doubles_nothing(
    site: Site, people: list[dict[str, str]], upstream: Upstream
) -> None:
    upstream.plan(Plan("Here it is"), model=MODEL["name"])
    commands = [questions() for _ in people]
    async with AsyncExitStack() as open_tabs:
        clients = [await open_tabs.enter_async_context(at(site, cookies)) for cookies in people]
        tabs = [await open_tabs.enter_async_context(tab_of(client)) for client in clients]
        for tab, mine in zip(tabs, commands, strict=True):
            for command in mine:
                await tab.send(**command)
        await tabs[0].wait_for("asked")
        site.kill()
        told = set().union(*await asyncio.gather(*map(acknowledged, tabs)))
    assert told
    assert told <= set(on_disk(site))
    site.start()
    await asyncio.gather(*(again(site, cookies, mine) for cookies, mine in zip(people, commands, strict=True)))
    sent = {command["client_id"]: 1 for mine in commands for command in mine}
    assert on_disk(site) == sent


async def again(site: Site, cookies: dict[str, str], commands: list[dict[str, Any]]) -> None:
    """Send all of them once more, as a tab does with what it was not told of; each is acknowledged."""
    async with at(site, cookies) as client, tab_of(client) as tab:
        for command in commands:
            await tab.send(**command)
            await tab.saw("asked", partial(is_told_of, command["client_id"]))


def is_told_of(client_id: str, event: Event) -> bool:
    return bool(event["client_id"] == client_id)


async def test_a_stop_stores_fifty_replies_and_tells_every_tab(
    site: Site, people: list[dict[str, str]], upstream: Upstream
) -> None:
    upstream.plan(Plan(WORDS, hold=50), model=MODEL["name"])
    asked = []
    async with AsyncExitStack() as open_tabs:
        for number in range(48):
            client = await open_tabs.enter_async_context(at(site, people[number % TABS]))
            tab = await open_tabs.enter_async_context(tab_of(client))
            event = await tab.ask("hello", model=MODEL)
            asked.append((tab, event["conversation"], event["messages"][1]["id"], people[number % TABS]))
        for tab, _conversation, reply, _cookies in asked:
            await tab.wait_for_text(reply, 50)
        # Read meanwhile, as browsers do: what was not read when the other end is gone is lost.
        told = asyncio.gather(*(tab.close_code() for tab, *_rest in asked))
        assert await asyncio.to_thread(site.stop) == 0
        assert set(await told) == {4012}
    site.start()
    for tab, conversation, reply, cookies in asked:
        async with at(site, cookies) as client:
            kept = (await stored(client, conversation))[1]
        assert (kept["state"], kept["content"]) == ("interrupted", tab.texts[reply])


async def test_a_second_signal_ends_a_stop_that_cannot_end(
    site: Site, people: list[dict[str, str]], upstream: Upstream
) -> None:
    upstream.plan(Plan(WORDS, hold=50), model=MODEL["name"])
    async with at(site, people[0]) as client, tab_of(client) as tab:
        asked = await tab.ask("hello", model=MODEL)
        await tab.wait_for_text(asked["messages"][1]["id"], 50)
        with databases.locked(site.environment, TABLE):  # what it wants to store waits for this
            before = site.output.count("Stopping")
            site.process.send_signal(signal.SIGTERM)
            await until_it_stops(site, before)
            assert await asyncio.to_thread(site.stop) == 1
    assert on_disk(site)[asked["client_id"]] == 1


async def test_a_stop_waits_for_no_request_that_waits_for_another_server(
    site: Site, people: list[dict[str, str]]
) -> None:
    """Its thread waits for the loop; the interpreter would wait for the thread."""
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        host, port = hanging.getsockname()
        hanging.setblocking(False)
        form = {"name": "far", "title": "Far", "kind": "ollama", "address": f"http://{host}:{port}", "parallel": "1"}
        async with at(site, people[0]) as client, socket_of(client) as deaf, asyncio.timeout(PATIENCE):
            deaf.transport.pause_reading()  # it does not hear that it is to go, and is cancelled
            looking = asyncio.create_task(post(client, "/admin/conversations/backend/test/", **form))
            taken, _address = await asyncio.get_running_loop().sock_accept(hanging)
            assert await asyncio.to_thread(site.stop) == 0
            taken.close()
            deaf.transport.resume_reading()
            with suppress(httpx.TransportError):
                await looking


async def until_it_stops(site: Site, before: int) -> None:
    """Return when it says so once more."""
    async with asyncio.timeout(PATIENCE), at(site, {}) as client:
        while site.output.count("Stopping") == before:  # read by a thread
            with suppress(httpx.TransportError):
                await client.get("/accounts/login/")
