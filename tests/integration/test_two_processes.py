"""Two processes on one PostgreSQL and one Redis: any of them serves any tab."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from chatsite.checks.servers import find_or_install, servers
from tests import databases
from tests.integration.conftest import MODEL
from tests.integration.tooling.conftest import ask, set_up_weather, until_the_end
from tests.sites import Site
from tests.tab import PATIENCE, Tab, post, sign_up, tab_of
from tests.upstream import Plan, Upstream

WORDS = " ".join(f"word{n}" for n in range(300))


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    find_or_install()
    with servers() as environment:
        yield environment


@pytest.fixture
def pair(tmp_path: Path, upstream: Upstream, environment: dict[str, str]) -> Iterator[tuple[Site, Site]]:
    own = {
        **environment,
        "DATABASE_URL": databases.on_server(environment["DATABASE_URL"]),
        "SECRET_KEY": uuid.uuid4().hex * 2,
    }
    with ExitStack() as running:
        sites = []
        for name in ("first", "second"):
            site = Site(tmp_path / name, OLLAMA_HOST=upstream.address, **own).start()
            running.callback(site.close)
            sites.append(site)
        yield sites[0], sites[1]


def at(site: Site, client: httpx.AsyncClient) -> httpx.AsyncClient:
    """The same person, at another process."""
    return httpx.AsyncClient(base_url=site.address, trust_env=False, cookies=dict(client.cookies), timeout=PATIENCE)


async def test_a_tab_of_another_process_sees_the_reply_live_and_stops_it(
    pair: tuple[Site, Site], upstream: Upstream
) -> None:
    first, second = pair
    alice = await sign_up(first.address, "alice")
    upstream.plan(Plan(WORDS, rate=100, hold=250))
    async with tab_of(alice) as here, at(second, alice) as there, tab_of(there) as far:
        asked = await here.ask("hello", model=MODEL)
        reply = asked["messages"][1]["id"]
        await here.wait_for_text(reply, 100)
        await far.send(type="open", conversation=asked["conversation"])
        await far.wait_for("opened")
        await far.wait_for_text(reply, 400)
        await far.send(type="stop", reply=reply, shown=200)
        await upstream.closed()
        # Told twice: by who stopped it, with the text of the last checkpoint, and by its writer, with the rest.
        whole = await here.wait_for("reply.finished", lambda event: event["content_length"] == 200)
        assert whole["state"] == "stopped"
        transcript = (await alice.get(f"/api/v1/conversations/{asked['conversation']}/transcript.json")).json()
        assert transcript["messages"][1]["content"] == WORDS[:200]


async def test_two_questions_in_the_same_moment_leave_one_reply_running(
    pair: tuple[Site, Site], upstream: Upstream
) -> None:
    first, second = pair
    alice = await sign_up(first.address, "alice")
    async with at(second, alice) as there:
        upstream.plan(*(Plan(WORDS, hold=20) for _ in range(30)))
        for _ in range(10):
            async with tab_of(alice) as here, tab_of(there) as far:  # one tab for all would be too fast a tab
                asked = await here.ask("hello", model=MODEL)
                await asyncio.gather(*(edit(tab, asked["messages"][0]["id"]) for tab in (here, far)))

                await here.send(type="open", conversation=asked["conversation"])
                running = (await here.wait_for("opened"))["running"]
                assert len(running) == 1
                await here.send(type="stop", reply=running[0]["reply"], shown=0)
                await here.wait_for("reply.finished")


async def edit(tab: Tab, message: int) -> None:
    """Return when this very question is stored."""
    own = str(uuid.uuid4())
    await tab.send(type="edit", client_id=own, message=message, text="again")
    await tab.wait_for("asked", lambda event: event["client_id"] == own)


async def test_signing_out_at_one_process_closes_the_tabs_of_the_other(pair: tuple[Site, Site]) -> None:
    first, second = pair
    alice = await sign_up(first.address, "alice")
    async with at(second, alice) as there, tab_of(there) as far:
        await post(alice, "/accounts/logout/")
        assert await far.close_code() == 4401


async def test_a_reply_of_a_killed_process_is_swept_up_by_the_other(
    pair: tuple[Site, Site], upstream: Upstream
) -> None:
    first, second = pair
    alice = await sign_up(first.address, "alice")
    upstream.plan(Plan(WORDS, rate=100, hold=250), Plan(" and the rest"))
    async with at(second, alice) as there:
        async with tab_of(alice) as here:
            asked = await here.ask("hello", model=MODEL)
            reply = asked["messages"][1]["id"]
            await here.wait_for_text(reply, 1000)
        async with tab_of(there) as far:
            await far.send(type="open", conversation=asked["conversation"])
            await far.wait_for("opened")
            first.kill()
            finished = await far.wait_for("reply.finished")
            assert finished["state"] == "interrupted"
            far.texts[reply] = WORDS[: finished["content_length"]]
            await far.send(type="continue", reply=reply)
            assert (await far.wait_for("reply.finished"))["state"] == "complete"


async def test_a_server_set_up_at_one_process_is_there_at_the_other(
    pair: tuple[Site, Site], upstream: Upstream
) -> None:
    first, second = pair
    alice = await sign_up(first.address, "alice")
    async with at(second, alice) as there, tab_of(there) as far:
        form = {"label": "Second", "name": "second", "kind": "openai", "address": upstream.address, "parallel": "4"}
        await post(alice, "/admin/conversations/backend/add/", **form, position="5", is_enabled="on", offers_all="on")
        changed = await far.wait_for("backend.changed", lambda event: event["name"] == "second" and event["models"])
        assert changed["label"] == "Second"
        number = (await alice.get("/admin/conversations/backend/")).text.split("/change/")[-2].rpartition("/")[2]
        await post(alice, f"/admin/conversations/backend/{number}/delete/", post="yes")
        await far.wait_for("backend.changed", lambda event: event["name"] == "second" and event["state"] == "gone")


async def test_a_call_is_allowed_from_another_process(pair: tuple[Site, Site], tmp_path: Path) -> None:
    first, second = pair
    alice = await sign_up(first.address, "alice")
    await set_up_weather(alice, tmp_path / "notes", "conversation")
    async with tab_of(alice) as here, at(second, alice) as there, tab_of(there) as far:
        asked = await ask(here, 'call weather_forecast {"city": "Bonn"}', ["mcp:weather"])
        waiting = await here.wait_for("reply.phase", lambda event: bool(event["phase"] == "approval"))
        assert "data-asking" in (await there.get(f"/c/{asked['conversation']}/")).text
        await far.send(type="open", conversation=asked["conversation"])
        await far.wait_for("opened")
        await far.send(type="approve", message=waiting["reply"], decision="conversation")
        finished = await until_the_end(here)
        assert here.texts[finished["reply"]] == "weather_forecast answered: Bonn: sunny for 1 days"
