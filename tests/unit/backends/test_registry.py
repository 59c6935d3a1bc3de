"""The registry: what is known of the backends without ever waiting for one, and what is told when that changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from conversations.backends.base import BackendError
from conversations.backends.registry import BackendState, Registry
from tests.upstream import Model, Upstream

ELIZA = {"name": "eliza", "class": "conversations.backends.eliza.ElizaBackend", "address": "", "parallel": 64}


def ollama(address: str, name: str = "ollama") -> dict[str, Any]:
    return {
        "name": name,
        "class": "conversations.backends.ollama.OllamaBackend",
        "address": address,
        "parallel": 4,
        "options": {"between": 7.0},
    }


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture
async def registry(upstream: Upstream) -> AsyncIterator[Registry]:
    registry = Registry([ollama(upstream.address), ELIZA], poll=0.01)
    yield registry
    await registry.aclose()


class Watching:
    """Runs `watch` and keeps what it told."""

    def __init__(self, registry: Registry) -> None:
        self.told: list[BackendState] = []
        self._news = asyncio.Condition()
        self._task = asyncio.create_task(registry.watch(self._tell))

    async def until(self, count: int) -> list[BackendState]:
        async with asyncio.timeout(20), self._news:
            await self._news.wait_for(lambda: len(self.told) >= count)
        return self.told

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.wait({self._task})
        assert self._task.cancelled()

    async def _tell(self, state: BackendState) -> None:
        async with self._news:
            self.told.append(state)
            self._news.notify_all()


async def test_eliza_is_there_before_anybody_looked(registry: Registry) -> None:
    first, second = registry.states()
    assert (first.name, first.state, first.models) == ("ollama", "unknown", ())
    assert (second.name, second.state, [model.name for model in second.models]) == ("eliza", "up", ["eliza"])
    assert registry.default_model() == ("eliza", "eliza")


async def test_a_look_finds_models_and_version(registry: Registry, upstream: Upstream) -> None:
    state = await registry.refresh("ollama")
    assert (state.state, state.version, state.address) == ("up", "0.33.0", upstream.address)
    assert [model.name for model in state.models] == [model.name for model in upstream.models]
    assert state.checked_at > 0
    assert registry.state("ollama") is state


async def test_a_backend_that_is_down_says_why_and_keeps_its_models(registry: Registry, upstream: Upstream) -> None:
    await registry.refresh("ollama")
    upstream.stop()
    state = await registry.refresh("ollama")
    assert (state.state, state.code, state.detail) == ("down", "upstream_down", "connection refused")
    assert registry.find("ollama", "tiny:latest") is not None
    assert registry.default_model() == ("eliza", "eliza")
    upstream.start()
    state = await registry.refresh("ollama")
    assert (state.state, state.code, state.detail) == ("up", "", "")


async def test_the_default_model_can_chat() -> None:
    models = [Model("embed:latest", ("embedding",)), Model("old:latest", None), Model("new:latest")]
    with Upstream(models=models) as upstream:
        registry = Registry([ollama(upstream.address), ELIZA])
        await registry.refresh("ollama")
        assert registry.default_model() == ("ollama", "old:latest")
        await registry.aclose()


async def test_a_server_without_models_leaves_eliza_the_default() -> None:
    with Upstream(models=[]) as upstream:
        registry = Registry([ollama(upstream.address), ELIZA])
        await registry.refresh("ollama")
        assert registry.default_model() == ("eliza", "eliza")
        await registry.aclose()
    assert Registry([]).default_model() == ("", "")


async def test_a_model_is_found_with_and_without_its_tag(registry: Registry) -> None:
    await registry.refresh("ollama")
    found = registry.find("ollama", "tiny")
    assert found is not None
    assert found.name == "tiny:latest"
    assert registry.find("ollama", "qwen3") is None
    assert registry.find("ollama", "no-such-model") is None
    assert registry.find("no-such-backend", "tiny") is None


async def test_an_unknown_backend_is_an_error(registry: Registry) -> None:
    with pytest.raises(BackendError, match="server_gone"):
        registry.get("no-such-backend")
    assert registry.parallel("no-such-backend") == 1


async def test_a_backend_is_made_once_with_its_options(registry: Registry) -> None:
    assert registry.get("ollama") is registry.get("ollama")
    assert vars(registry.get("ollama"))["_between"] == 7.0
    assert (registry.parallel("ollama"), registry.parallel("eliza")) == (4, 64)
    assert registry.names == ["ollama", "eliza"]


async def test_watching_tells_only_what_has_visibly_changed(registry: Registry, upstream: Upstream) -> None:
    watching = Watching(registry)
    assert (await watching.until(1))[0].state == "up"
    await upstream.until(lambda: len([call for call in upstream.calls if call.path == "/api/tags"]) >= 5)
    assert len(watching.told) == 1
    upstream.models.append(Model("fresh:latest"))
    assert (await watching.until(2))[1].models[-1].name == "fresh:latest"
    upstream.stop()
    assert (await watching.until(3))[2].state == "down"
    upstream.start()
    registry.look_again("ollama")
    assert (await watching.until(4))[3].state == "up"
    await watching.stop()


async def test_watching_finds_a_server_that_comes_up_later(upstream: Upstream) -> None:
    upstream.stop()
    registry = Registry([ollama(upstream.address)])
    watching = Watching(registry)
    assert (await watching.until(1))[0].state == "down"
    upstream.start()
    registry.look_again("ollama")
    assert (await watching.until(2))[1].state == "up"
    await watching.stop()
    await registry.aclose()


async def test_watching_nothing_but_eliza_waits(registry: Registry) -> None:
    watching = Watching(Registry([ELIZA]))
    await registry.refresh("ollama")
    assert watching.told == []
    await watching.stop()


async def test_what_the_listener_raises_ends_the_watch(registry: Registry) -> None:
    async def fail(state: BackendState) -> None:
        raise OSError(state.name)

    with pytest.raises(OSError, match="ollama"):
        await registry.watch(fail)
