"""Between the processes a fifth of all messages is lost, some come twice or late: every tab ends as the database."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import httpx
import pytest

from tests.integration.conftest import MODEL
from tests.integration.faults.conftest import PATIENCE, at, settled, stored
from tests.sites import Site
from tests.tab import tab_of
from tests.upstream import Plan, Upstream

WORDS = " ".join(f"word{n}" for n in range(300))


@pytest.fixture(scope="module")
def settings_module() -> str:
    return "tests.lossy"


async def test_every_tab_ends_as_the_database_has_it(
    pair: tuple[Site, Site], cookies: dict[str, str], upstream: Upstream
) -> None:
    first, second = pair
    async with at(first, cookies) as here, at(second, cookies) as there, asyncio.timeout(PATIENCE):
        while not await gaps_of_five(here, there, upstream):
            pass  # nothing was lost, so nothing is proven


async def gaps_of_five(here: httpx.AsyncClient, there: httpx.AsyncClient, upstream: Upstream) -> int:
    """How often five tabs elsewhere have missed something, each of which has all of its reply in the end."""
    upstream.plan(Plan(WORDS, hold=20), model=MODEL["name"])
    async with AsyncExitStack() as tabs:
        near = await tabs.enter_async_context(tab_of(here))
        watched = []
        for number in range(5):
            asked = await near.ask(f"question {number}", model=MODEL)
            far = await tabs.enter_async_context(tab_of(there))
            await far.send(type="open", conversation=asked["conversation"])
            await far.wait_for("opened")
            watched.append((far, asked["conversation"], asked["messages"][1]["id"]))
        upstream.plan(Plan(WORDS), model=MODEL["name"])  # whoever asks late is not held
        upstream.release()
        for far, conversation, reply in watched:
            text = await settled(far, reply)
            assert text == (await stored(there, conversation))[1]["content"] == WORDS
        return sum(far.gaps for far, _conversation, _reply in watched)


async def test_a_question_asked_elsewhere_appears(
    pair: tuple[Site, Site], cookies: dict[str, str], upstream: Upstream
) -> None:
    first, second = pair
    upstream.plan(Plan("Here it is"), model=MODEL["name"])
    async with at(first, cookies) as here, at(second, cookies) as there, tab_of(here) as near, tab_of(there) as far:
        asked = await near.ask("hello", model=MODEL)
        await near.wait_for("reply.finished")
        await far.send(type="open", conversation=asked["conversation"])
        await far.wait_for("opened")
        leaf = asked["messages"][1]["id"]
        for _ in range(5):
            again = await near.ask("and again", asked["conversation"], parent=leaf)
            leaf = again["messages"][1]["id"]
            await near.wait_for("reply.finished", partial(is_of, leaf))
        async with asyncio.timeout(PATIENCE):
            while not any(event["type"] == "opened" and event["leaf"] == leaf for event in far.events):
                await far.send(type="ping")
                await far.listen(0.3)


def is_of(reply: int, event: dict[str, Any]) -> bool:
    return bool(event["reply"] == reply)
