"""One site for all tests here: with a log in JSON, and a model server that can be told to fail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sites import Site
from tests.upstream import Upstream

TOKEN = "m-the-operators-own-token"


@pytest.fixture(scope="package")
def upstream() -> Iterator[Upstream]:
    with Upstream(rate=0) as upstream:
        yield upstream


@pytest.fixture(scope="package")
def kept_site(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[Site]:
    logs = {"LOG_FORMAT": "json", "LOG_REQUESTS": "1", "METRICS_TOKEN": TOKEN}
    site = Site(tmp_path_factory.mktemp("site"), OLLAMA_HOST=upstream.address, **logs).start()
    try:
        yield site
    finally:
        site.close()


@pytest.fixture
def site(kept_site: Site) -> Site:
    """Started again where a test has ended it."""
    return kept_site if kept_site.process.poll() is None else kept_site.start()
