"""A real site in its own process in front of a real upstream; the cast: alice has an account, charlie has another."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import httpx
import pytest

from tests.sites import Site
from tests.tab import Tab, sign_up, tab_of
from tests.upstream import Upstream

numbers = count(1)
MODEL = {"backend": "ollama", "name": "tiny:latest"}


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream(rate=50) as upstream:
        yield upstream


@pytest.fixture
def site(tmp_path: Path, upstream: Upstream) -> Iterator[Site]:
    with Site(tmp_path, OLLAMA_HOST=upstream.address, OLLAMA_NUM_PARALLEL="4") as site:
        yield site


@pytest.fixture
async def alice(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    client = await sign_up(site.address, f"alice-{next(numbers)}")
    yield client
    await client.aclose()


@pytest.fixture
async def charlie(site: Site, alice: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    client = await sign_up(site.address, f"charlie-{next(numbers)}")
    yield client
    await client.aclose()


@pytest.fixture
async def tab(alice: httpx.AsyncClient) -> AsyncIterator[Tab]:
    async with tab_of(alice) as tab:
        yield tab
