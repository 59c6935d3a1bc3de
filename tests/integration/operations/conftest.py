"""One site for all tests here: with a log in JSON, a mail server, and a model server that can be told to fail."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.integration.operations.mailbox import PASSWORD, USER, Mailbox
from tests.sites import Site
from tests.upstream import Upstream

TOKEN = "m-the-operators-own-token"


@pytest.fixture(scope="package")
def upstream() -> Iterator[Upstream]:
    with Upstream(rate=0) as upstream:
        yield upstream


@pytest.fixture(scope="package")
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as mailbox:
        yield mailbox


@pytest.fixture(scope="package")
def kept_site(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream, mailbox: Mailbox) -> Iterator[Site]:
    sender = "Chatsite%20%3Cchat@example.org%3E"
    mail = f"smtp://{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@127.0.0.1:{mailbox.port}/?from={sender}"
    more = {"LOG": "json, requests", "METRICS_TOKEN": TOKEN, "EMAIL_URL": mail}
    with Site(tmp_path_factory.mktemp("site"), OLLAMA_HOST=upstream.address, **more) as site:
        yield site


@pytest.fixture
def site(kept_site: Site) -> Site:
    """Started again where a test has ended it."""
    return kept_site if kept_site.process.poll() is None else kept_site.start()
