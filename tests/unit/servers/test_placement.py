"""Two servers with the same model: who writes which reply, and what happens when one of them fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from conversations.backends import states
from conversations.backends.base import BackendDown, BackendLost, BackendRefused, ChatMessage, ChatRequest, Delta
from conversations.backends.registry import Registry
from conversations.generation.queue import FairQueue
from conversations.generation.servers.placement import Placement, Wanted
from conversations.generation.stream import Step
from tests.upstream import Model, Plan, Upstream


def spec(upstream: Upstream, name: str, **more: Any) -> dict[str, Any]:
    made = "conversations.backends.ollama.OllamaBackend"
    return {"name": name, "class": made, "address": upstream.address, "parallel": 1, "pool": "ollama/", **more}


class Pair:
    """Two servers, `a` first, with one slot each."""

    def __init__(self, a: Upstream, b: Upstream, **more: Any) -> None:
        self.a, self.b = a, b
        self.registry = Registry([spec(a, "a", **more), spec(b, "b", **more)])
        self.queues = {name: FairQueue(1) for name in "ab"}
        self.placement = Placement(self.registry, self.queues.__getitem__)

    async def ask(
        self, conversation: UUID | None = None, server: str = "a", *, user: int = 1, text: str = "hello"
    ) -> tuple[str, str]:
        """Which servers were tried, and the text."""
        tried, told = "", ""

        async def write(server: str, steps: AsyncGenerator[Step, None]) -> None:
            nonlocal tried, told
            tried += server
            async for step in steps:
                if isinstance(step, Delta):
                    told += step.content

        wanted = Wanted(conversation or uuid4(), user, server, lambda position, seconds: None, lambda: told != "")
        request = ChatRequest("tiny:latest", [ChatMessage("user", text)])
        await self.placement.place(wanted, request, write)
        return tried, told


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    with Upstream() as a, Upstream() as b:
        pair = Pair(a, b)
        await asyncio.gather(*map(pair.registry.refresh, "ab"))
        yield pair
        await pair.registry.aclose()


async def test_two_replies_at_once_are_written_by_two_servers(pair: Pair) -> None:
    pair.a.plan(Plan("from a", hold=1))
    pair.b.plan(Plan("from b", hold=1))
    both = [asyncio.create_task(pair.ask()) for _ in range(2)]
    await asyncio.gather(pair.a.asked(), pair.b.asked())
    pair.a.release()
    pair.b.release()

    assert sorted(await asyncio.gather(*both)) == [("a", "from a"), ("b", "from b")]


async def test_two_people_take_turns_at_one_slot(pair: Pair) -> None:
    pair.registry.reload([spec(pair.a, "a", pool="")])
    pair.a.plan(Plan("held", hold=1))
    asking = [asyncio.create_task(pair.ask(text=f"alice {number}")) for number in range(4)]
    await pair.a.asked()
    asking.append(asyncio.create_task(pair.ask(user=2, text="bob")))
    await settle()
    assert len(pair.a.chats) == 1, "the server is asked one thing at a time"
    pair.a.release()

    await asyncio.gather(*asking)
    assert [call.prompt for call in pair.a.chats] == ["alice 0", "alice 1", "bob", "alice 2", "alice 3"]


async def test_a_conversation_goes_back_to_the_server_that_knows_it(pair: Pair) -> None:
    pair.a.plan(Plan("held", hold=1))
    conversation = uuid4()
    other = asyncio.create_task(pair.ask())
    await pair.a.asked()
    assert (await pair.ask(conversation))[0] == "b"
    pair.a.release()
    await other

    assert (await pair.ask(conversation))[0] == "b"
    assert (await pair.ask())[0] == "a"


async def test_a_busy_server_is_passed_over_even_if_it_knows_the_conversation(pair: Pair) -> None:
    conversation = uuid4()
    assert (await pair.ask(conversation))[0] == "a"
    pair.a.plan(Plan("held", hold=1))
    other = asyncio.create_task(pair.ask(conversation))
    await pair.a.asked(2)

    assert (await pair.ask(conversation))[0] == "b"
    pair.a.release()
    await other


async def test_a_dead_server_is_passed_over_and_left_alone(pair: Pair) -> None:
    pair.a.stop()

    assert (await pair.ask())[0] == "ab"
    assert (await pair.ask())[0] == "b"
    assert (await pair.ask(server="b"))[0] == "b"


async def test_a_server_that_is_back_is_asked_again(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    pair.a.stop()
    await pair.ask()
    assert (await pair.registry.refresh("a")).state == "down"
    assert (await pair.ask())[0] == "b"

    pair.a.start()
    monkeypatch.setattr(states, "AVOIDED_SECONDS", 0.0)
    assert (await pair.registry.refresh("a")).state == "up"
    assert (await pair.ask())[0] == "a"


async def test_a_server_that_dies_before_its_first_byte_costs_nothing(pair: Pair) -> None:
    pair.a.plan(Plan("never", hold=0))
    pair.b.plan(Plan("from b"))
    asking = asyncio.create_task(pair.ask())
    await pair.a.asked()
    await asyncio.to_thread(pair.a.stop)

    assert await asking == ("ab", "from b")


async def test_a_reply_that_has_begun_stays_where_it_is(pair: Pair) -> None:
    pair.a.plan(Plan("some words and more of them", hold=2))
    asking = asyncio.create_task(pair.ask())
    await pair.a.until(lambda: pair.a.chats[-1].sent >= 2 if pair.a.chats else False)
    await asyncio.to_thread(pair.a.stop)

    with pytest.raises(BackendLost):
        await asking
    assert not pair.b.chats


@pytest.mark.parametrize("status", [500, 503, 404, 401])
async def test_a_refusal_about_the_server_moves_the_reply(pair: Pair, status: int) -> None:
    pair.a.plan(Plan(status=status, body=b'{"error":"model runner has unexpectedly stopped"}'))

    assert (await pair.ask())[0] == "ab"
    assert (await pair.ask())[0] == "a"


async def test_a_refusal_about_the_question_does_not(pair: Pair) -> None:
    pair.a.plan(Plan(status=400, body=b'{"error":"invalid option provided"}'))

    with pytest.raises(BackendRefused):
        await pair.ask()
    assert not pair.b.chats


async def test_the_last_error_is_told_when_nobody_can(pair: Pair) -> None:
    pair.a.stop()
    pair.b.stop()

    with pytest.raises(BackendDown):
        await pair.ask()


async def both_busy(pair: Pair) -> list[asyncio.Task[tuple[str, str]]]:
    """A reply that is held at each of the two servers."""
    for upstream in (pair.a, pair.b):
        upstream.plan(Plan("held", hold=1))
    asking = [asyncio.create_task(pair.ask()) for _ in "ab"]
    await asyncio.gather(pair.a.asked(), pair.b.asked())
    return asking


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def lines(pair: Pair) -> list[tuple[int, int]]:
    return [(pair.queues[name].taken, pair.queues[name].waiting) for name in "ab"]


async def test_whoever_waits_goes_where_it_is_free_first(pair: Pair) -> None:
    held = await both_busy(pair)
    conversation = uuid4()
    pair.placement._answered(conversation, "a")
    waiting = [asyncio.create_task(pair.ask(conversation)) for _ in range(2)]
    await settle()
    assert lines(pair) == [(1, 2), (1, 2)]
    pair.b.release()

    assert [tried for tried, _text in await asyncio.gather(*waiting)] == ["b", "b"]
    assert (len(pair.a.chats), lines(pair)) == (1, [(1, 0), (0, 0)])
    pair.a.release()
    await asyncio.gather(*held)


async def test_two_servers_that_are_free_at_once_write_a_reply_once(pair: Pair) -> None:
    held = await both_busy(pair)
    waiting = asyncio.create_task(pair.ask())
    await settle()
    for server in "ab":
        pair.queues[server].release()
    tried, _text = await waiting

    assert tried in ("a", "b")
    assert len(pair.a.chats) + len(pair.b.chats) == 3
    pair.a.release()
    pair.b.release()
    await asyncio.gather(*held)


async def test_whoever_waits_goes_to_a_server_that_has_come_back(pair: Pair) -> None:
    pair.registry.failed("b")
    pair.a.plan(Plan("held", hold=1))
    held = asyncio.create_task(pair.ask())
    await pair.a.asked()
    waiting = asyncio.create_task(pair.ask())
    await settle()
    assert lines(pair) == [(1, 1), (0, 0)]
    pair.registry._entries["b"].failed_at = float("-inf")
    pair.placement.look()

    assert (await waiting)[0] == "b"
    pair.a.release()
    await held


async def test_whoever_waits_does_not_try_a_server_that_was_lost_meanwhile(pair: Pair) -> None:
    held = await both_busy(pair)
    waiting = asyncio.create_task(pair.ask())
    await settle()
    pair.registry.failed("a")
    pair.a.release()
    await asyncio.wait(held, return_when=asyncio.FIRST_COMPLETED)
    await settle()
    assert lines(pair) == [(0, 0), (1, 1)]
    pair.b.release()

    assert (await waiting)[0] == "b"
    assert len(pair.a.chats) == 1
    await asyncio.gather(*held)


async def test_models_of_other_content_are_not_shared() -> None:
    with Upstream(models=[Model("tiny:latest")]) as a, Upstream(models=[Model("tiny:latest")]) as b:
        pair = Pair(a, b)
        await asyncio.gather(*map(pair.registry.refresh, "ab"))
        assert pair.registry.serving("a", "tiny") == ["a", "b"]
        state = pair.registry.state("b")
        assert pair.registry.listed_as("b", "tiny:latest") == ("a", "tiny:latest")
        pair.registry._entries["b"].state = replace(
            state, models=tuple(replace(model, digest="another") for model in state.models)
        )
        assert pair.registry.serving("a", "tiny") == ["a"]
        assert pair.registry.listed_as("b", "tiny:latest") == ("b", "tiny:latest")
        await pair.registry.aclose()


async def test_a_model_that_is_not_offered_is_not_asked_for() -> None:
    with Upstream() as a, Upstream() as b:
        pair = Pair(a, b, offered=["qwen3:8b"])
        await asyncio.gather(*map(pair.registry.refresh, "ab"))
        with pytest.raises(BackendRefused, match="does not offer tiny"):
            await pair.ask()
        assert not a.chats
        await pair.registry.aclose()


async def test_servers_of_different_pools_share_nothing(pair: Pair) -> None:
    specs = [spec(pair.a, "a", pool="ollama/one"), spec(pair.b, "b", pool="")]
    pair.registry.reload(specs)

    assert (pair.registry.serving("a", "tiny"), pair.registry.serving("b", "tiny")) == (["a"], ["b"])
