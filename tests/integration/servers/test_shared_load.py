"""A second server, added on the running site: it shares the load, and takes over when the first one dies."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from tests.integration.conftest import MODEL
from tests.sites import Site
from tests.tab import Tab, post, sign_up, tab_of
from tests.upstream import Plan, Upstream

ADD = "/admin/conversations/backend/add/"
FORM = {"label": "Second", "name": "second", "kind": "ollama", "parallel": "4", "position": "5", "is_enabled": "on"}


@pytest.fixture
def second() -> Iterator[Upstream]:
    with Upstream(rate=50) as upstream:
        yield upstream


async def add(client: httpx.AsyncClient, tab: Tab, upstream: Upstream) -> None:
    """Set the server up as an administrator does, and wait until the pages know that it shares the model."""
    answer = await post(client, ADD, **FORM, offers_all="on", address=upstream.address)
    assert answer.status_code == 200, answer.text
    await tab.wait_for(
        "backend.changed", lambda event: any("second" in model["others"] for model in event.get("models", ()))
    )


async def writer_of(client: httpx.AsyncClient, conversation: str) -> list[tuple[str, str]]:
    """Which servers the transcript names, with what they wrote."""
    found = (await client.get(f"/api/v1/conversations/{conversation}/transcript.json")).json()
    return [(one["backend"], one["content"]) for one in found["messages"] if one["role"] == "assistant"]


async def test_a_server_added_live_shares_the_load_without_a_restart(
    site: Site, upstream: Upstream, second: Upstream
) -> None:
    ada = await sign_up(site.address, "ada")
    async with tab_of(ada) as tab:
        await add(ada, tab, second)
        for server in (upstream, second):
            server.plan(*(Plan("a reply", hold=1) for _ in range(4)))
        conversations = [(await tab.ask("hello", model=MODEL))["conversation"] for _ in range(2)]
        await asyncio.gather(upstream.asked(), second.asked())
        upstream.release()
        second.release()
        for _ in conversations:
            await tab.saw("conversation.changed", lambda event: not event["generating"])
        page = (await ada.get("/")).text
        assert page.count("tiny:latest</option>") == 1


async def test_a_reply_moves_to_the_other_server_when_its_own_dies_before_the_first_word(
    site: Site, upstream: Upstream, second: Upstream
) -> None:
    ada = await sign_up(site.address, "ada")
    async with tab_of(ada) as tab:
        await add(ada, tab, second)
        upstream.plan(Plan("never", hold=0))
        second.plan(Plan("from the second"))
        asked = await tab.ask("hello", model=MODEL)
        await upstream.asked()
        await asyncio.to_thread(upstream.stop)

        finished = await tab.wait_for("reply.finished")
        assert (finished["state"], finished["backend_name"]) == ("complete", "second")
        assert await writer_of(ada, asked["conversation"]) == [("second", "from the second")]

        # The next one does not try the dead one first.
        second.plan(Plan("once more"))
        asked = await tab.ask("again", model=MODEL)
        assert (await tab.wait_for("reply.finished"))["state"] == "complete"
        assert await writer_of(ada, asked["conversation"]) == [("second", "once more")]


async def test_a_reply_that_has_begun_keeps_its_text_when_its_server_dies(
    site: Site, upstream: Upstream, second: Upstream
) -> None:
    ada = await sign_up(site.address, "ada")
    async with tab_of(ada) as tab:
        await add(ada, tab, second)
        upstream.plan(Plan("some words and more of them", hold=2))
        asked = await tab.ask("hello", model=MODEL)
        await tab.wait_for_text(asked["messages"][1]["id"], len("some words"))
        await asyncio.to_thread(upstream.stop)

        finished = await tab.wait_for("reply.finished")
        assert (finished["state"], finished["error"]["code"]) == ("interrupted", "upstream_lost")
        assert await writer_of(ada, asked["conversation"]) == [("ollama", "some words")]

        second.plan(Plan(" and the rest"))
        await tab.send(type="continue", reply=asked["messages"][1]["id"])
        assert (await tab.wait_for("reply.finished"))["state"] == "complete"
        assert await writer_of(ada, asked["conversation"]) == [("second", "some words and the rest")]
