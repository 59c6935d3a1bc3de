"""The registry follows the table while it works: nothing waits, and what is set up as before goes on."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from conversations.backends.registry import BackendState, Registry
from conversations.generation.servers.following import Follower
from conversations.live.broadcasts import SITE, Hub
from conversations.models import Backend, ModelDefaults
from conversations.tasks import close_threads, write
from tests.upstream import Upstream

OLLAMA = "conversations.backends.ollama.OllamaBackend"
ELIZA = {"name": "eliza", "class": "conversations.backends.eliza.ElizaBackend", "address": "", "parallel": 64}


def spec(address: str, name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "class": OLLAMA, "address": address, "parallel": 4, **more}


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture
def silence() -> Iterator[str]:
    """The address of something that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


# Reloading


async def test_what_is_set_up_as_before_goes_on(upstream: Upstream) -> None:
    registry = Registry([spec(upstream.address, "a"), spec(upstream.address, "b")])
    await registry.refresh("a")
    backend, state = registry.get("a"), registry.state("a")

    gone = registry.reload([ELIZA, spec(upstream.address, "a", parallel=9, label="First")])

    assert gone == ["b"]
    assert registry.names == ["eliza", "a"]
    assert registry.get("a") is backend
    assert (registry.parallel("a"), registry.state("a").label) == (9, "First")
    assert registry.state("a").models == state.models
    await registry.aclose()


async def test_a_new_key_or_address_takes_effect_at_once_and_goes_to_that_address_only(upstream: Upstream) -> None:
    made = "conversations.backends.openai.OpenAIBackend"

    def keyed(key: str, other: str) -> list[dict[str, Any]]:
        return [
            {**spec(upstream.address, "one"), "class": made, "options": {"api_key": key}},
            {**spec(second.address, "two"), "class": made, "options": {"api_key": other}},
        ]

    with Upstream() as second:
        upstream.api_key, second.api_key = "sk-first-123456", "sk-second-123456"
        registry = Registry(keyed("sk-wrong-123456", "sk-second-123456"))
        assert (await registry.refresh("one")).code == "unauthorized"
        assert (await registry.refresh("two")).state == "up"

        registry.reload(keyed("sk-first-123456", "sk-second-123456"))
        assert (await registry.refresh("one")).state == "up"
        assert {call.headers["authorization"] for call in second.calls} == {"Bearer sk-second-123456"}
        assert "Bearer sk-second-123456" not in {call.headers["authorization"] for call in upstream.calls}
        await registry.aclose()


async def test_ollama_behind_a_proxy_is_sent_its_key(upstream: Upstream) -> None:
    registry = Registry([spec(upstream.address, "a", options={"api_key": "proxy-secret"})])
    await registry.refresh("a")

    assert {call.headers["authorization"] for call in upstream.calls} == {"Bearer proxy-secret"}
    await registry.aclose()


async def test_what_is_offered_is_a_choice_of_what_was_found(upstream: Upstream) -> None:
    registry = Registry([spec(upstream.address, "a")])
    await registry.refresh("a")

    registry.reload([spec(upstream.address, "a", offered=["TINY", "gone:1b"])])

    assert [model.name for model in registry.state("a").models] == ["tiny:latest"]
    assert len(registry.found("a")) == len(upstream.models)
    await registry.aclose()


async def test_a_server_that_lists_nothing_offers_what_it_is_said_to_have() -> None:
    with Upstream(models=[]) as upstream:
        registry = Registry([spec(upstream.address, "a", offered=["gpt-9"])])
        await registry.refresh("a")

        assert [model.name for model in registry.state("a").models] == ["gpt-9"]
        await registry.aclose()


async def test_defaults_are_known_of_models_that_are_not_listed_yet(upstream: Upstream) -> None:
    defaults = {"tiny:latest": {"sampling": {"num_ctx": 8192}}}
    registry = Registry([spec(upstream.address, "a", defaults=defaults)])

    early = registry.find("a", "tiny")
    await registry.refresh("a")
    late = registry.find("a", "Tiny:latest")

    assert early
    assert late
    assert early.defaults == late.defaults == {"sampling": {"num_ctx": 8192}}
    assert late.digest
    assert registry.find("a", "qwen3") is None
    await registry.aclose()


async def test_a_running_watch_takes_up_what_is_new_and_lets_go_of_what_is_gone(upstream: Upstream) -> None:
    told: asyncio.Queue[BackendState] = asyncio.Queue()
    registry = Registry([spec("127.0.0.1:9", "a"), ELIZA])
    watching = asyncio.create_task(registry.watch(told.put))
    async with asyncio.timeout(20):
        assert (await told.get()).state == "down"

        registry.reload([ELIZA, spec(upstream.address, "b")])
        found = await told.get()
    assert (found.name, found.state) == ("b", "up")

    registry.reload([ELIZA])
    watching.cancel()
    await asyncio.wait({watching})
    assert watching.cancelled()
    await registry.aclose()


async def test_a_server_that_says_nothing_delays_nobody(upstream: Upstream, silence: str) -> None:
    told: asyncio.Queue[BackendState] = asyncio.Queue()
    registry = Registry([spec(silence, "mute"), spec(upstream.address, "a"), ELIZA])
    watching = asyncio.create_task(registry.watch(told.put))
    async with asyncio.timeout(20):
        first = await told.get()

    assert (first.name, first.state) == ("a", "up")
    assert [(state.name, state.state) for state in registry.states()] == [
        ("mute", "unknown"),
        ("a", "up"),
        ("eliza", "up"),
    ]
    assert registry.default_model()[0] == "a"
    watching.cancel()
    await asyncio.wait({watching})
    await registry.aclose()


# Following the table


class Tab:
    """What a page is told of the servers."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[str] = asyncio.Queue()

    async def push(self, frame: str, *, is_delta: bool) -> None:
        await self.frames.put(frame)

    async def recheck(self) -> None:
        pass


@pytest.mark.django_db(transaction=True)
async def test_a_change_of_the_table_is_told_to_the_tabs(upstream: Upstream) -> None:
    registry, hub, tab = Registry([ELIZA]), Hub(), Tab()
    follower = Follower(registry, hub, look=3600)
    await hub.subscribe(SITE, tab)
    running = asyncio.create_task(follower.run())
    await follower.loaded()
    assert registry.names == ["ollama", "eliza"]

    row = await write(Backend.objects.create, name="second", label="Second", address=upstream.address)
    await write(ModelDefaults.objects.create, backend=row, model_name="tiny", think="off")
    follower.wake()
    async with asyncio.timeout(20):
        while '"name":"second"' not in await tab.frames.get():
            pass
        await registry.refresh("second")
        assert registry.find("second", "tiny:latest").defaults == {"think": "off"}  # type: ignore[union-attr]

        await write(Backend.objects.filter(name="second").update, is_enabled=False)
        follower.wake()
        while '"state":"gone"' not in await tab.frames.get():
            pass
    assert registry.names == ["ollama", "eliza"]
    running.cancel()
    await asyncio.wait({running})
    await registry.aclose()
    close_threads()


@pytest.mark.django_db(transaction=True)
async def test_a_lost_signal_is_made_up_for_by_the_next_look() -> None:
    registry, hub, tab = Registry([ELIZA]), Hub(), Tab()
    await hub.subscribe(SITE, tab)
    running = asyncio.create_task(Follower(registry, hub, look=0.01).run())

    await write(Backend.objects.create, name="second", label="Second", address="127.0.0.1:9", position=0)
    async with asyncio.timeout(20):
        while '"name":"second"' not in await tab.frames.get():
            pass
    running.cancel()
    await asyncio.wait({running})
    close_threads()


@pytest.mark.django_db(transaction=True)
def test_saving_and_deleting_a_server_signals_every_process(monkeypatch: pytest.MonkeyPatch) -> None:
    signalled: list[str] = []
    monkeypatch.setattr("conversations.live.broadcasts.Hub.call_soon", lambda hub, name: signalled.append(name))

    row = Backend.objects.create(name="second", label="Second")
    ModelDefaults.objects.create(backend=row, model_name="tiny")
    row.delete()

    assert signalled == ["backends"] * 4
