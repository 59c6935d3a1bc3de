"""An upstream that speaks the OpenAI protocol, and a backend that talks to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from conversations.backends.openai import OpenAIBackend
from tests.integration.openai.outcomes import KEY
from tests.upstream import Upstream


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream(dialect="llama.cpp") as upstream:
        yield upstream


@pytest.fixture
async def backend(upstream: Upstream) -> AsyncIterator[OpenAIBackend]:
    backend = OpenAIBackend(address=upstream.address, api_key=KEY, quiet=60.0)
    yield backend
    await backend.aclose()
