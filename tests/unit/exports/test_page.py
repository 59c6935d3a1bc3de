"""The page: everybody exports their own, exporters others' too, and each sees only what they asked for."""

from __future__ import annotations

import io
import zipfile
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client
from django.urls import reverse

from conversations.exports.background.worker import Worker
from conversations.models import Conversation, ExportJob, User
from tests.unit.api.program import fetch

pytestmark = [pytest.mark.django_db(transaction=True)]
PLACE = "/account/exports/"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_an_export_is_asked_for_made_and_fetched(alice: User, charlie: User, trains: Conversation) -> None:
    client = signed_in(alice)
    assert client.post(PLACE, {"file": "zip md"}).status_code == 302
    page = client.get(PLACE).content.decode()
    assert 'data-state="waiting"' in page
    assert client.post(PLACE, {"file": "zip md"}).status_code == 422
    async_to_sync(Worker().make_one)()
    page = client.get(PLACE + "jobs/").content.decode()
    job = ExportJob.objects.get()
    place = reverse("export_file", args=[job.pk])
    assert 'data-state="complete"' in page
    assert place in page
    browser = AsyncClient()
    browser.force_login(alice)
    with zipfile.ZipFile(io.BytesIO(fetch(browser, place).body)) as package:
        assert [name for name in package.namelist() if name.endswith(".md")]
    stranger = signed_in(charlie)
    assert str(job.pk) not in stranger.get(PLACE).content.decode()
    assert [stranger.get(place).status_code, stranger.get(reverse("export_file", args=[uuid4()])).status_code] == [
        404
    ] * 2
    for name in ("stop_export", "export_again", "delete_export"):
        stranger.post(reverse(name, args=[job.pk]))
    assert job.path.exists()
    assert client.post(reverse("delete_export", args=[job.pk])).status_code == 302
    assert (job.path.exists(), ExportJob.objects.count()) == (False, 0)


def test_one_is_stopped_and_begun_again(alice: User, trains: Conversation) -> None:
    client = signed_in(alice)
    client.post(PLACE, {})
    job = ExportJob.objects.get()
    client.post(reverse("stop_export", args=[job.pk]))
    assert async_to_sync(Worker().make_one)() is False
    assert 'data-state="stopped"' in client.get(PLACE).content.decode()
    client.post(reverse("export_again", args=[job.pk]))
    assert async_to_sync(Worker().make_one)() is True
    assert ExportJob.objects.get().state == "complete"


def test_only_exporters_are_offered_other_peoples(alice: User, eve: User, trains: Conversation) -> None:
    assert 'name="whose"' not in signed_in(alice).get(PLACE).content.decode()
    signed_in(alice).post(PLACE, {"whose": "all", "reason": "curious"})
    assert ExportJob.objects.get().request.get("whose") is None
    client = signed_in(eve)
    page = client.get(f"{PLACE}?whose=all&ids={trains.pk}").content.decode()
    assert str(trains.pk) in page
    refused = client.post(PLACE, {"whose": "all", "ids": str(trains.pk)})
    assert (refused.status_code, str(trains.pk) in refused.content.decode()) == (422, True)
    assert client.post(PLACE, {"whose": "all", "reason": "study", "ids": str(trains.pk)}).status_code == 302
    assert ExportJob.objects.of(eve).get().request["ids"] == [str(trains.pk)]


@pytest.mark.parametrize(
    ("values", "field"),
    [({"since": "2026-02-01", "until": "2026-01-01"}, "until"), ({"file": "exe"}, "file"), ({"ids": "1"}, "ids")],
)
def test_what_cannot_be_is_said_at_its_field(alice: User, values: dict[str, str], field: str) -> None:
    answer = signed_in(alice).post(PLACE, values)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not ExportJob.objects.exists()


def test_strangers_are_led_to_the_door() -> None:
    assert Client().get(PLACE).status_code == 302
    assert Client().post(PLACE).status_code == 302
