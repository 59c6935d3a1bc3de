"""Files through a real site to a real Ollama server: what it saw, and what a blind model gets."""

from __future__ import annotations

import hashlib
import uuid
from base64 import b64decode
from typing import Any

import httpx

from tests.tab import Tab, tab_of
from tests.unit.uploads.samples import SECRET, pdf, photo, picture
from tests.upstream import Upstream

SEEING = {"backend": "ollama", "name": "gemma3:4b"}
BLIND = {"backend": "ollama", "name": "llama3.2:latest"}


async def send(client: httpx.AsyncClient, data: bytes, name: str) -> dict[str, Any]:
    """Upload as the page does."""
    headers = {"X-CSRFToken": client.cookies["csrftoken"], "Referer": str(client.base_url)}
    answered = await client.post("/attachments/", files={"file": (name, data)}, headers=headers)
    assert answered.status_code == 201, answered.text
    view: dict[str, Any] = answered.json()
    return view


async def test_the_model_sees_the_pictures_in_their_order_without_their_secrets(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    first, second = await send(alice, photo(64, 48), "a.jpg"), await send(alice, picture(30, 10), "b.png")
    asked = await tab.ask("what is it", model=SEEING, attachments=[second["id"], first["id"]])
    assert [each["name"] for each in asked["messages"][0]["attachments"]] == ["b.png", "a.jpg"]
    finished = await tab.wait_for("reply.finished")
    assert finished["state"] == "complete"
    assert tab.texts[asked["messages"][1]["id"]].startswith("I see 2 images: PNG 30×10")
    (message,) = upstream.chats[0].value["messages"]
    images = [b64decode(image) for image in message["images"]]
    assert [len(image) for image in images] == [second["size"], first["size"]]
    assert not any(SECRET in image for image in images)
    served = await alice.get(f"/attachments/{first['id']}/file/")
    assert hashlib.sha256(served.content).digest() == hashlib.sha256(images[1]).digest()


async def test_a_blind_model_is_not_asked_about_pictures(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    view = await send(alice, picture(), "a.png")
    client_id = uuid.uuid4()
    question = {"type": "ask", "client_id": client_id, "conversation": uuid.uuid4(), "text": "what is it"}
    await tab.send(**question, model=BLIND, attachments=[view["id"]])
    refused = await tab.wait_for("error")
    assert (refused["code"], refused["client_id"]) == ("model_cannot_see", str(client_id))
    await tab.send(type="open", conversation=question["conversation"])
    await tab.send(**question, model=SEEING, attachments=[view["id"]])
    assert (await tab.wait_for("reply.finished"))["state"] == "complete"
    assert [call.model for call in upstream.questions] == ["gemma3:4b"]


async def test_texts_and_pdfs_are_quoted_for_every_model(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    files = [await send(alice, b"a,b\n1,2\n", "table.csv"), await send(alice, pdf("Pumps move heat"), "pumps.pdf")]
    await tab.ask("say 3 words", model=BLIND, attachments=[file["id"] for file in files])
    assert (await tab.wait_for("reply.finished"))["state"] == "complete"
    content = upstream.chats[0].value["messages"][0]["content"]
    assert content == (
        "File “table.csv”:\n```\na,b\n1,2\n```\n\n"
        "File “pumps.pdf”, PDF, 1 page:\n```\n[Page 1]\nPumps move heat\n```\n\nsay 3 words"
    )


async def test_another_tab_sees_the_files_and_another_person_does_not(
    tab: Tab, alice: httpx.AsyncClient, charlie: httpx.AsyncClient
) -> None:
    view = await send(alice, picture(), "a.png")
    async with tab_of(alice) as second:
        conversation = uuid.uuid4()
        await tab.ask("first", conversation, model=SEEING)
        finished = await tab.wait_for("reply.finished")
        await second.send(type="open", conversation=conversation)
        await second.wait_for("opened")
        await tab.ask("what is it", conversation, parent=finished["reply"], model=SEEING, attachments=[view["id"]])
        told = await second.wait_for("asked")
    assert told["messages"][0]["attachments"] == [view]
    assert (await alice.get(f"/attachments/{view['id']}/thumbnail/")).status_code == 200
    assert (await charlie.get(f"/attachments/{view['id']}/thumbnail/")).status_code == 404
