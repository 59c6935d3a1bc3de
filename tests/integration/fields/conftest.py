"""One upstream, and a backend for each of the protocols and dialects that it speaks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from conversations.backends.base import ChatBackend
from conversations.backends.ollama import OllamaBackend
from conversations.backends.openai import OpenAIBackend
from tests.upstream import Upstream

PROTOCOLS = ["native", "ollama", "llama.cpp", "vllm", "openrouter", "plain"]


@pytest.fixture(params=PROTOCOLS)
def protocol(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def upstream(protocol: str) -> Iterator[Upstream]:
    with Upstream(dialect="ollama" if protocol == "native" else protocol) as upstream:
        yield upstream


@pytest.fixture
async def backend(protocol: str, upstream: Upstream) -> AsyncIterator[ChatBackend]:
    make = OllamaBackend if protocol == "native" else OpenAIBackend
    backend = make(address=upstream.address, quiet=60.0)
    yield backend
    await backend.aclose()
