"""An upstream, and a backend that talks to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from conversations.backends.ollama import OllamaBackend
from tests.upstream import Upstream


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture
async def backend(upstream: Upstream) -> AsyncIterator[OllamaBackend]:
    # A slow machine must not look like a quiet server: who tests that asks for it.
    backend = OllamaBackend(address=upstream.address, quiet=60.0)
    yield backend
    await backend.aclose()
