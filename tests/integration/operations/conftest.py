"""One site for all tests here: with a log in JSON, and a model server that can be told to fail."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.integration.conftest import new_database
from tests.sites import Site
from tests.upstream import Upstream

TOKEN = "m-the-operators-own-token"


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream(rate=0) as upstream:
        yield upstream


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[Site]:
    database = new_database(os.environ["DATABASE_URL"]) if "DATABASE_URL" in os.environ else {}
    logs = {"LOG_FORMAT": "json", "LOG_REQUESTS": "1", "METRICS_TOKEN": TOKEN}
    site = Site(tmp_path_factory.mktemp("site"), OLLAMA_HOST=upstream.address, **logs, **database)
    try:
        yield site.start()
    finally:
        site.close()
