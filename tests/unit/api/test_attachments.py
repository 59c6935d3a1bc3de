"""Files by REST: sent up with a token, read by those who may, taken back until they are sent."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from conversations.models import User
from tests.unit.api.program import key
from tests.unit.uploads.samples import picture

pytestmark = pytest.mark.django_db(transaction=True)
PLACE = "/api/v1/attachments"


def send(client: Client, user: User | None, data: bytes, name: str = "a.png") -> Any:
    headers = {"Authorization": key(user)} if user else {}
    return client.post(PLACE, {"file": SimpleUploadedFile(name, data)}, headers=headers)


def test_a_program_sends_a_file_reads_it_and_takes_it_back(client: Client, alice: User) -> None:
    answered = send(client, alice, picture())
    assert answered.status_code == 201
    view = json.loads(answered.content)
    assert (view["kind"], view["name"], view["width"], view["height"]) == ("image", "a.png", 40, 20)
    headers = {"Authorization": key(alice)}
    place = f"{PLACE}/{view['id']}"
    assert json.loads(client.get(place, headers=headers).content) == view
    file = client.get(f"{place}/file", headers=headers)
    assert file["Content-Type"] == "image/png"
    assert len(file.content) == view["size"]
    assert client.delete(place, headers=headers).status_code == 204
    assert client.get(place, headers=headers).status_code == 404


def test_a_refused_file_is_a_problem_with_its_code(client: Client, alice: User) -> None:
    answered = send(client, alice, b"\x7fELF" + bytes(64))
    assert answered.status_code == 422
    assert answered["Content-Type"] == "application/problem+json"
    assert json.loads(answered.content)["code"] == "file_binary"
    assert send(client, alice, b"").status_code == 422
    nothing = client.post(PLACE, headers={"Authorization": key(alice)})
    assert json.loads(nothing.content)["errors"][0]["field"] == "file"


def test_nobody_reads_or_takes_back_what_is_anothers(client: Client, alice: User, charlie: User) -> None:
    place = f"{PLACE}/{json.loads(send(client, alice, picture()).content)['id']}"
    headers = {"Authorization": key(charlie)}
    for answered in (
        client.get(place, headers=headers),
        client.get(f"{place}/file", headers=headers),
        client.delete(place, headers=headers),
        client.get(f"{PLACE}/{uuid.uuid4()}", headers=headers),
    ):
        assert answered.status_code == 404
    assert client.get(place).status_code == 401


def test_a_browsers_session_sends_nothing_up_here(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert send(client, None, picture()).status_code == 401
