"""An upstream, and a library that talks to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from conversations.backends.library import LibraryBackend, library_of
from conversations.backends.ollama import OllamaBackend
from tests.upstream import Upstream


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture
async def library(upstream: Upstream) -> AsyncIterator[LibraryBackend]:
    backend = OllamaBackend(address=upstream.address, quiet=60.0)
    yield library_of(backend)
    await backend.aclose()
