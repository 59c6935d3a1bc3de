"""The doors for conversations from elsewhere: the page, its lines for scripts, and the API."""

from __future__ import annotations

import json
from threading import BoundedSemaphore
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient, Client

from conversations.models import Conversation, User
from conversations.tasks import close_threads
from conversations.transcripts.importing import reading
from tests.unit.api.program import key
from tests.unit.transcripts.importing.samples import GOOD, chatgpt, node, zipped

PAGE = "/account/import/"
API = "/api/v1/import"


def both() -> bytes:
    """A good conversation and a broken one."""
    good = chatgpt(node("u", "client-created-root", "user", "When?"), title="<b>Trains</b>")
    return zipped(conversations__json=json.dumps([good, {**good, "mapping": 7}]))


def upload(data: bytes, name: str = "export.zip") -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile(name, data)}


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada")


def test_the_page_reports_without_a_script(client: Client, ada: User) -> None:
    client.force_login(ada)
    page = client.post(PAGE, upload(both()), headers={"Accept": "text/html"}).content.decode()
    found = Conversation.objects.get(owner=ada)

    assert f'href="/c/{found.pk}/"' in page
    assert "&lt;b&gt;Trains&lt;/b&gt;" in page
    assert "1 imported, 1 skipped" in page
    assert "mapping: This is no object." in page


@pytest.mark.parametrize("data", [b"", b"x" * 101])
def test_what_is_no_file_to_read_is_said(
    client: Client, ada: User, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conversations.transcripts.importing.limits.FILE", 100)
    client.force_login(ada)
    page = client.post(PAGE, upload(data), headers={"Accept": "text/html"})
    script = client.post(PAGE, upload(data), headers={"Accept": "application/json"})

    assert (page.status_code, script.status_code, script.json()["code"]) == (422, 422, "bad_file")
    assert script.json()["title"] in page.content.decode()
    assert client.post(PAGE, {}, headers={"Accept": "application/json"}).status_code == 422


def test_nobody_else_may(client: Client, ada: User) -> None:
    assert client.post(PAGE, upload(GOOD), headers={"Accept": "application/json"}).status_code == 401
    assert client.get(PAGE, headers={"Accept": "text/html"}).status_code == 302
    User.objects.filter(pk=ada.pk).update(is_approved=False)
    client.force_login(ada)
    assert client.post(PAGE, upload(GOOD), headers={"Accept": "application/json"}).status_code == 403
    assert not Conversation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_script_gets_a_line_for_each(transactional_db: None) -> None:
    user = User.objects.create_user("ada")
    client = AsyncClient()
    client.force_login(user)

    async def ask() -> list[dict[str, Any]]:
        answer = await client.post(PAGE, upload(both()), headers={"Accept": "application/x-ndjson"})
        body = b"".join([part async for part in answer])  # type: ignore[attr-defined]
        return [json.loads(line) for line in body.splitlines()]

    first, second = async_to_sync(ask)()
    close_threads()

    assert (first["outcome"], first["title"], first["messages"]) == ("imported", "<b>Trains</b>", 1)
    assert (second["outcome"], second["place"], second["why"]) == ("skipped", "1", "mapping: This is no object.")
    assert Conversation.objects.get().pk.hex == first["conversation"].replace("-", "")


def test_too_many_at_once_are_told_to_come_again(client: Client, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client.force_login(ada)
    monkeypatch.setattr("conversations.transcripts.importing.reading._turns", BoundedSemaphore(1))
    assert reading._turns.acquire()
    page = client.post(PAGE, upload(GOOD, "a.json"), headers={"Accept": "text/html"}).content.decode()

    assert "Other files are being imported." in page
    assert not Conversation.objects.exists()


def test_a_program_gets_the_report(ada: User, client: Client) -> None:
    from_token = {"Authorization": key(ada)}
    answer = client.post(API, upload(both()), headers=from_token)
    report = answer.json()

    assert (answer.status_code, report["imported"], report["skipped"]) == (200, 1, 1)
    assert report["conversations"][1]["why"] == "mapping: This is no object."
    refused = client.post(API, upload(b""), headers=from_token)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "file")
    assert client.post(API, upload(GOOD)).status_code == 401
