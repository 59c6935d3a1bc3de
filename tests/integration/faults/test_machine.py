"""The machine below one site: a locked or changed database, a full disk, no descriptors left, readers that do not read.

All of them are mended in the end, and nothing that was acknowledged is missing.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager
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
from tests.tab import Event, Tab, post, sign_up, tab_of
from tests.upstream import Plan, Upstream

TABLE = "conversations_message"
ELIZA = {"backend": "eliza", "name": "eliza"}
WORDS = " ".join(f"word{n}" for n in range(300))


@pytest.fixture(scope="module")
def site(folder: Path, upstream: Upstream) -> Iterator[Site]:
    with Site(
        folder,
        OLLAMA_HOST=upstream.address,
        DATABASE_URL=laid(folder),
        DJANGO_SETTINGS_MODULE="tests.hurried",
    ) as site:
        yield site


@pytest.fixture(scope="module")
def cookies(site: Site) -> dict[str, str]:
    return cookies_at(site)


@pytest.fixture
async def alice(site: Site, cookies: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    async with at(site, cookies) as client:
        yield client


@pytest.fixture
async def tab(alice: httpx.AsyncClient) -> AsyncIterator[Tab]:
    async with tab_of(alice) as tab:
        yield tab


def question(text: str = "hello") -> dict[str, Any]:
    return {"type": "ask", "client_id": uuid.uuid4(), "conversation": uuid7(), "text": text, "model": ELIZA}


async def asked_in_the_end(tab: Tab, command: dict[str, Any]) -> Event:
    """The acknowledgement of a command that is sent again as long as the database is busy."""
    async with asyncio.timeout(PATIENCE):
        while True:
            await tab.send(**command)
            while (event := await tab.next())["type"] not in ("asked", "error"):
                pass
            if event["type"] == "asked":
                return event
            assert event["code"] == "storage_busy"


@contextmanager
def broken_storage(site: Site, how: str) -> Iterator[None]:
    """The database cannot be written while the block runs."""
    if how == "full disk":
        with limit(site, resource.RLIMIT_FSIZE, 0):
            yield
        return
    if how == "lock":
        with databases.locked(site.environment, TABLE):
            yield
        return
    databases.rows(site.environment, f"ALTER TABLE {TABLE} RENAME TO moved")
    try:
        yield
    finally:
        databases.rows(site.environment, f"ALTER TABLE moved RENAME TO {TABLE}")


@contextmanager
def limit(site: Site, what: int, value: int) -> Iterator[None]:
    """The running process may have no more of it while the block runs."""
    before = resource.prlimit(site.process.pid, what)
    resource.prlimit(site.process.pid, what, (value, before[1]))
    try:
        yield
    finally:
        resource.prlimit(site.process.pid, what, before)


# What limits the size of this process's files limits the database only where the process writes that itself.
FULL_DISK = pytest.param("full disk", marks=pytest.mark.sqlite)


@pytest.mark.parametrize("how", ["lock", FULL_DISK, "newer tables"])
async def test_what_cannot_be_stored_is_refused_and_taken_later(
    site: Site, alice: httpx.AsyncClient, tab: Tab, how: str
) -> None:
    before = await tab.ask("before", model=ELIZA)
    await tab.wait_for("reply.finished")
    command = question("meanwhile")
    with broken_storage(site, how):
        await tab.send(**command)
        refused = await tab.wait_for("error")
        assert (refused["code"], refused["retryable"]) == ("storage_busy", True)
        assert refused["client_id"] == str(command["client_id"])
        page = await alice.get(f"/c/{before['conversation']}/")
        if how == "newer tables":
            assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
        else:
            assert page.status_code == 200, "reading goes on"
    asked = await asked_in_the_end(tab, command)
    assert (await stored(alice, asked["conversation"]))[0]["content"] == "meanwhile"
    assert len(await stored(alice, before["conversation"])) == 2


async def test_a_reply_outlives_a_locked_database(
    site: Site, alice: httpx.AsyncClient, tab: Tab, upstream: Upstream
) -> None:
    upstream.plan(Plan(WORDS, hold=50))
    asked = await tab.ask("hello", model=MODEL)
    reply = asked["messages"][1]["id"]
    await tab.wait_for_text(reply, 100)
    with broken_storage(site, "lock"):
        upstream.release()
        await tab.wait_for_text(reply, len(WORDS))
    assert (await tab.wait_for("reply.finished"))["state"] == "complete"
    assert (await stored(alice, asked["conversation"]))[1]["content"] == WORDS


async def test_without_descriptors_the_old_connections_go_on(site: Site, alice: httpx.AsyncClient, tab: Tab) -> None:
    command = question("meanwhile")
    with limit(site, resource.RLIMIT_NOFILE, len(os.listdir(f"/proc/{site.process.pid}/fd"))):
        await refused(site)
        await tab.send(type="ping")
        await tab.wait_for("pong")
    async with at(site, {}) as stranger:
        assert (await stranger.get("/accounts/login/")).status_code == 200
    asked = await asked_in_the_end(tab, command)
    assert (await stored(alice, asked["conversation"]))[0]["content"] == "meanwhile"


async def refused(site: Site) -> None:
    """Return when a new connection is not taken. Descriptors below the limit may be free at first."""
    async with asyncio.timeout(PATIENCE), AsyncExitStack() as held:
        while True:
            stranger = await held.enter_async_context(at(site, {}))
            try:
                await stranger.get("/accounts/login/", timeout=2)
            except httpx.TransportError:
                return


async def test_a_site_that_stood_still_goes_on_where_it_was(site: Site, alice: httpx.AsyncClient, tab: Tab) -> None:
    site.process.send_signal(signal.SIGSTOP)
    try:
        command = question("while it stood still")
        await tab.send(**command)
    finally:
        site.process.send_signal(signal.SIGCONT)
    asked = await tab.wait_for("asked")
    assert (await stored(alice, asked["conversation"]))[0]["content"] == "while it stood still"


async def test_a_tab_that_reads_slowly_is_told_what_it_missed(
    alice: httpx.AsyncClient, tab: Tab, upstream: Upstream
) -> None:
    text = "x" * 400_000
    upstream.plan(Plan([text[:8000]] * 50, rate=2000, hold=50))
    async with tab_of(alice) as slow:
        slow.acknowledges = False
        before = await tab.ask("before", model=ELIZA)
        end = await tab.wait_for("reply.finished")
        conversation = before["conversation"]
        await slow.send(type="open", conversation=conversation)
        await slow.wait_for("opened")  # so that it is told of all that follows piece by piece
        asked = await tab.ask("hello", conversation, parent=end["reply"], model=MODEL)
        reply = asked["messages"][1]["id"]
        await tab.wait_for_text(reply, len(text))
        await slow.send(type="ping")
        await slow.wait_for("pong")
        assert len(slow.texts[reply]) < len(text), "it was never behind"
        await slow.acknowledge()
        opened = await slow.wait_for("opened", lambda event: bool(len(slow.texts[reply]) == len(text)))
        assert opened["running"][0]["content"] == text
        upstream.release()
        await slow.wait_for("reply.finished")


async def test_a_tab_that_does_not_read_is_closed_and_nobody_waits(
    alice: httpx.AsyncClient, tab: Tab, upstream: Upstream
) -> None:
    upstream.plan(Plan(["x" * 8000] * 100, hold=100))
    async with tab_of(alice) as deaf:
        deaf.acknowledges = False
        asked = await tab.ask("hello", model=MODEL)
        await deaf.send(type="open", conversation=asked["conversation"])
        await tab.wait_for_text(asked["messages"][1]["id"], 800_000)
        upstream.release()
        await tab.wait_for("reply.finished")
        assert await closed_while(tab, deaf) == 4408


async def closed_while(tab: Tab, deaf: Tab) -> int | None:
    """The code that closes one tab while the other asks on: each question is told to both."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await tab.ask("and more", model=ELIZA)
                await tab.wait_for("reply.finished")
                await deaf.listen(0.1)
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else None


async def test_a_frame_that_is_far_too_long_ends_its_own_socket_only(alice: httpx.AsyncClient, tab: Tab) -> None:
    async with tab_of(alice) as other:
        await other.send_raw("x" * (1024 * 1024 + 1))
        assert await other.close_code() == 1006, "the connection is cut"
    await tab.send(type="ping")
    await tab.wait_for("pong")


async def test_a_deleted_user_is_out_and_leaves_nothing(
    site: Site, alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    charlie = await sign_up(site.address, "charlie")
    upstream.plan(Plan(WORDS, hold=50))
    closed = len([call for call in upstream.chats if call.fate == "closed"])
    async with tab_of(charlie) as tab:
        asked = await tab.ask("hello", model=MODEL)
        await tab.wait_for_text(asked["messages"][1]["id"], 100)
        answer = await post(alice, "/admin/conversations/user/2/delete/", post="yes")
        assert answer.status_code == 302, answer.text
        assert await tab.close_code() == 4401
        await upstream.closed(closed + 1)
    left = "SELECT count(*) FROM conversations_conversation WHERE owner_id = 2"
    kept = "SELECT id FROM conversations_conversation"
    orphans = f"SELECT count(*) FROM conversations_message WHERE conversation_id NOT IN ({kept})"
    assert [databases.rows(site.environment, query) for query in (left, orphans)] == [[(0,)], [(0,)]]


async def test_nobody_writes_lines_of_the_log(site: Site, alice: httpx.AsyncClient) -> None:
    await alice.get("/nowhere/%0d%0aFORGED%20line%1b%5b2J/")
    async with asyncio.timeout(PATIENCE):
        while "FORGED" not in site.output:  # read by a thread
            await alice.get("/healthz")
    assert "\x1b" not in site.output
    assert not [line for line in site.output.splitlines() if line.startswith("FORGED")]


async def test_forged_headers_lead_nowhere(site: Site, alice: httpx.AsyncClient) -> None:
    assert (await alice.get("/", headers={"Host": "evil.example"})).status_code == 400
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example"}
    page = await alice.get("/accounts/password/reset/", headers=forged)
    assert page.status_code == 200
    assert "evil.example" not in page.text
    host, _, port = site.address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 60_000 + b"\r\n\r\n")
        assert received(client).startswith((b"HTTP/1.1 400", b"HTTP/1.1 431")) or not received(client)
    assert (await alice.get("/accounts/password/reset/")).status_code == 200


def received(client: socket.socket) -> bytes:
    """What comes; nothing where the other end has closed, which is a reset if it has not read everything."""
    try:
        return client.recv(100)
    except ConnectionResetError:
        return b""
