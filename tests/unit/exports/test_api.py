"""Exports by REST: who gets what, as a stream, as a feed and in the background."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import Permission
from django.test import AsyncClient

from conversations.exports.background.worker import Worker
from conversations.models import AccessRecord, Conversation, ExportJob, Message, SiteSettings, User
from tests.unit.api.program import Answer, fetch, key, signed_in
from tests.unit.exports.conftest import talk

pytestmark = [pytest.mark.django_db(transaction=True)]
V1 = "/api/v1"
READS = ("/export", "/export.zip", "/export.ndjson", "/exports")


def asked(user: User, path: str, method: str = "GET", body: object = None, *scopes: str) -> Answer:
    return fetch(AsyncClient(), V1 + path, method, body, Authorization=key(user, *(scopes or ("export",))))


def lines(answer: Answer) -> list[dict[str, Any]]:
    assert answer.status == 200, answer.body
    return [json.loads(line) for line in answer.body.splitlines()]


def test_a_stream_is_a_zip_or_lines(alice: User, trains: Conversation) -> None:
    answer = asked(alice, "/export.zip?format=md")
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Encoding"] == "identity"
    with zipfile.ZipFile(io.BytesIO(answer.body)) as package:
        assert [name for name in package.namelist() if "Köln" in name] == [f"{trains.pk} Trains to Köln.md"]
    (line,) = lines(asked(alice, "/export.ndjson?model=tiny"))
    assert (line["format"], line["conversation"]["title"]) == ("chatsite-transcript", "Trains to Köln")
    assert lines(asked(alice, f"/export.ndjson?ids={uuid4()}&ids={trains.pk}")) == [line]
    assert lines(asked(alice, "/export.ndjson?model=other")) == []


@pytest.mark.parametrize("path", READS)
def test_a_session_reads_and_a_token_needs_the_scope(alice: User, trains: Conversation, path: str) -> None:
    assert fetch(AsyncClient(), V1 + path).status == 401
    assert fetch(signed_in(alice), V1 + path).status == 200
    assert asked(alice, path, "GET", None, "read", "write", "review", "admin").status == 403
    assert asked(alice, path).status == 200


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/export.zip?format=exe", "format"),
        ("/export.rar", "package"),
        ("/export.ndjson?format=md", "package"),
        ("/export.zip?since=never", "since"),
        ("/export.zip?since=2026-02-01&until=2026-01-01", "until"),
        ("/export?cursor=nonsense", "cursor"),
        ("/export?cursor=bzE", "cursor"),
        ("/export?limit=0", "limit"),
        ("/export?whose=theirs", "whose"),
    ],
)
def test_a_value_that_is_not_accepted_is_named(alice: User, path: str, field: str) -> None:
    answer = asked(alice, path)
    assert answer.status == 422
    assert [error["field"].split(".")[0] for error in answer.value["errors"]] == [field]


@pytest.mark.parametrize("path", ["/export", "/export.zip", "/export.ndjson"])
def test_others_need_the_right_and_a_reason_and_reading(
    alice: User, eve: User, trains: Conversation, path: str
) -> None:
    wish = f"{path}?whose=all&reason=study"
    assert asked(alice, wish).value["code"] == "not_allowed"
    answer = asked(eve, f"{path}?whose=all")
    assert (answer.status, answer.value["errors"][0]["field"]) == (422, "reason")
    assert trains.pk.hex not in str(asked(eve, path).body).replace("-", "")
    assert not AccessRecord.objects.exists()
    assert asked(eve, wish).status == 200
    assert AccessRecord.objects.get().conversation_key == trains.pk
    SiteSettings.load()
    SiteSettings.objects.update(reading_enabled=False)
    assert asked(eve, wish).value["code"] == "switched_off"


def test_the_feed_is_followed_by_its_cursor(alice: User, trains: Conversation) -> None:
    first = asked(alice, "/export?limit=1")
    told, end = lines(first)[:-1], lines(first)[-1]
    assert (end["kind"], end["more"], first.headers["Next-Cursor"]) == ("end", True, end["next"])
    while end["more"]:
        *new, end = lines(asked(alice, f"/export?limit=1&cursor={end['next']}"))
        told += new
    messages = [line["message"] for line in told if line["kind"] == "message"]
    assert [message["content"] for message in messages] == ["When?", "At *noon*."]
    assert [line["head"]["title"] for line in told if line["kind"] == "conversation"] == ["Trains to Köln"]
    Message.objects.get(content="At *noon*.").trash()
    *new, end = lines(asked(alice, f"/export?cursor={end['next']}"))
    assert [line["message"] for line in new if line["kind"] == "deleted"] == [messages[1]["id"]]
    again = lines(asked(alice, f"/export?cursor={end['next']}"))
    assert again == [{"kind": "end", "next": end["next"], "more": False}]


def test_a_cursor_is_for_one_feed(alice: User, eve: User, trains: Conversation) -> None:
    word = lines(asked(eve, "/export"))[-1]["next"]
    assert asked(eve, f"/export?cursor={word}&whose=all&reason=study").status == 422


def test_an_export_is_made_in_the_background_and_fetched_by_its_owner_only(
    alice: User, charlie: User, trains: Conversation
) -> None:
    made = asked(alice, "/exports", "POST", {"package": "zip", "format": "txt"})
    assert (made.status, made.value["state"], made.value["file"]) == (202, "waiting", None)
    place = f"/exports/{made.value['id']}"
    assert asked(alice, f"{place}/file").status == 404
    assert asked(alice, "/exports", "POST", {}).value["code"] == "too_many_exports"
    assert async_to_sync(Worker().make_one)()
    found = asked(alice, place).value
    assert (found["state"], found["done"], found["total"], found["error"]) == ("complete", 1, 1, "")
    file = asked(alice, f"{place}/file")
    assert (file.status, len(file.body)) == (200, found["size"])
    with zipfile.ZipFile(io.BytesIO(file.body)) as package:
        assert package.testzip() is None
    path = ExportJob.objects.get().path
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    for way in ("", "/file"):
        assert asked(charlie, place + way).status == 404
    assert asked(charlie, place, "DELETE").status == 404
    assert asked(charlie, "/exports").value == []
    assert asked(alice, place, "DELETE").status == 204
    assert (path.exists(), asked(alice, place).status) == (False, 404)


def test_an_export_of_others_by_job_is_refused_as_by_stream(alice: User, eve: User, trains: Conversation) -> None:
    assert asked(alice, "/exports", "POST", {"whose": "all", "reason": "curious"}).status == 403
    assert asked(eve, "/exports", "POST", {"whose": "all"}).status == 422
    assert asked(eve, "/exports", "POST", {"colour": "red"}).status == 422
    assert asked(eve, "/exports", "POST", {"whose": "all", "reason": "the study"}).status == 202
    eve.user_permissions.remove(Permission.objects.get(codename="export_conversation"))
    async_to_sync(Worker().make_one)()
    assert [(one["state"], one["error"]) for one in asked(eve, "/exports").value] == [("failed", "not_allowed")]
    assert not AccessRecord.objects.exists()


def test_a_reader_of_a_stream_who_loses_the_right_is_told_at_its_end(alice: User, eve: User) -> None:
    talk(alice, "one", "x")
    answer = asked(eve, "/export.ndjson?whose=all&reason=study")
    assert [("error" in line) for line in lines(answer)] == [False]
