"""Pictures to an OpenAI-compatible server, which does not tell whether a model can see: they are sent."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.uploads.test_images import send
from tests.sites import Site
from tests.tab import Tab
from tests.unit.uploads.samples import picture
from tests.upstream import Upstream


@pytest.fixture
def site(tmp_path: Path, upstream: Upstream) -> Iterator[Site]:
    with Site(tmp_path, OPENAI_BASE_URL=f"{upstream.address}/v1/") as site:
        yield site


async def test_pictures_go_as_parts_beside_the_words(tab: Tab, alice: httpx.AsyncClient, upstream: Upstream) -> None:
    image, text = await send(alice, picture(30, 10), "b.png"), await send(alice, b"1;2", "t.csv")
    model = {"backend": "openai", "name": "gemma3:4b"}
    asked = await tab.ask("what is it", model=model, attachments=[image["id"], text["id"]])
    assert (await tab.wait_for("reply.finished"))["state"] == "complete"
    assert tab.texts[asked["messages"][1]["id"]].startswith("I see 1 image: PNG 30×10")
    words, shown = upstream.chats[0].value["messages"][0]["content"]
    assert words == {"type": "text", "text": "File “t.csv”:\n```\n1;2\n```\n\nwhat is it"}
    media_type, _, data = shown["image_url"]["url"].partition(";base64,")
    assert media_type == "data:image/png"
    assert len(b64decode(data)) == image["size"]
