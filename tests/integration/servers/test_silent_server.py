"""A server that takes connections and never says a word: pages and other servers go on without it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sites import Site
from tests.tab import sign_up, tab_of
from tests.upstream import Upstream


@pytest.fixture
def silence() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


async def test_pages_and_other_servers_do_not_wait_for_it(tmp_path: Path, upstream: Upstream, silence: str) -> None:
    site = Site(tmp_path, OLLAMA_HOST=silence, OPENAI_BASE_URL=upstream.address).start()
    try:
        ada = await sign_up(site.address, "ada")
        assert (await ada.get("/")).status_code == 200
        async with tab_of(ada) as tab:
            await tab.saw("backend.changed", lambda event: (event["name"], event["state"]) == ("openai", "up"))
            for model in ({"backend": "openai", "name": "tiny:latest"}, {"backend": "eliza", "name": "eliza"}):
                await tab.ask("hello", model=model)
                assert (await tab.wait_for("reply.finished"))["state"] == "complete"
        found = (await ada.get("/api/v1/models")).json()["items"]
        assert {one["backend"] for one in found} == {"openai", "eliza"}
        assert (await ada.get("/admin/conversations/backend/")).status_code == 200
    finally:
        site.close()
