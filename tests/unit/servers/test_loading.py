"""The load of a model goes on when whoever began it leaves, as long as somebody else waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from conversations.backends.base import ChatMessage, ChatRequest, Delta, Phase
from conversations.backends.registry import Registry
from conversations.generation.queue import FairQueue
from conversations.generation.servers.placement import Placement, Wanted
from conversations.generation.stream import Step
from conversations.ids import uuid7
from tests.upstream import Model, Plan, Upstream


class NeverLoaded(dict[str, Model]):
    """What the server lists as loaded: nothing, however long it loads."""

    def __setitem__(self, name: str, model: Model) -> None:
        pass


class People:
    """Who ask one slow server for the same model."""

    def __init__(self, upstream: Upstream) -> None:
        made = "conversations.backends.ollama.OllamaBackend"
        options = {"quiet": 0.01}
        spec = {"name": "a", "class": made, "address": upstream.address, "parallel": 1, "options": options}
        self.upstream, self.registry, self.queue = upstream, Registry([spec]), FairQueue(1)
        self.placement = Placement(self.registry, lambda name: self.queue)
        self.loads = asyncio.Event()

    def ask(self, user: int, told: list[str]) -> asyncio.Task[None]:
        async def write(server: str, steps: AsyncIterator[Step]) -> None:
            async for step in steps:
                if isinstance(step, Phase) and step.name == "loading":
                    self.loads.set()
                if isinstance(step, Delta):
                    told.append(step.content)

        wanted = Wanted(uuid7(), user, "a", lambda place, seconds: None, lambda: bool(told))
        request = ChatRequest("tiny:latest", [ChatMessage("user", f"from {user}")])
        return asyncio.create_task(self.placement.place(wanted, request, write))

    async def leave(self, asked: asyncio.Task[None]) -> None:
        asked.cancel()
        await asyncio.wait([asked])


@pytest.fixture
async def people() -> AsyncIterator[People]:
    with Upstream() as upstream:
        upstream.loaded = NeverLoaded()
        upstream.plan(Plan("one", hold=0), Plan("two"))
        people = People(upstream)
        await people.registry.refresh("a")
        yield people
        await people.registry.aclose()


async def test_whoever_loads_for_others_too_does_not_take_it_along(people: People) -> None:
    first = people.ask(1, [])
    await people.upstream.asked()
    await people.loads.wait()
    told: list[str] = []
    second = people.ask(2, told)
    await asyncio.sleep(0)
    await people.leave(first)
    await second
    assert "".join(told) == "two"
    assert [call.value["messages"][0]["content"] for call in await people.upstream.closed()] == ["from 1"]
    await people.upstream.until(lambda: people.upstream.chats[1].fate == "answered")


async def test_a_load_that_nobody_else_waits_for_ends_at_once(people: People) -> None:
    first = people.ask(1, [])
    await people.upstream.asked()
    await people.loads.wait()
    await people.leave(first)
    assert [call.fate for call in await people.upstream.closed()] == ["closed"]


async def test_a_load_ends_with_the_last_who_waited_for_it(people: People) -> None:
    people.upstream.plan(Plan("two", hold=0))
    first = people.ask(1, [])
    await people.upstream.asked()
    await people.loads.wait()
    second = people.ask(2, [])
    await asyncio.sleep(0)
    await people.leave(first)
    assert people.upstream.chats[0].fate == "running", "the second one waits for what it loads"
    await people.leave(second)
    await people.upstream.until(lambda: people.upstream.chats[0].fate == "closed")
