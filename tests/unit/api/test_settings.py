"""A conversation is read, changed and deleted by programs."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient

from conversations.models import Conversation, User
from tests.unit.api.program import LIST, fetch, key, signed_in


def send(user: User, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    headers = {"Authorization": key(user)}

    async def ask() -> tuple[int, Any]:
        answer = await AsyncClient().generic(
            method, path, json.dumps(body or {}), content_type="application/json", headers=headers
        )
        return answer.status_code, json.loads(answer.content or b"null")

    return async_to_sync(ask)()


def test_what_is_named_is_changed_and_nothing_else(alice: User, trains: Conversation) -> None:
    path = f"{LIST}/{trains.pk}"
    status, before = send(alice, "GET", path)
    assert (status, before["title"], before["leaf"]) == (200, "Trains to Köln", trains.leaf_id)
    change = {"title": " Buses ", "sampling": {"seed": 7}, "system_prompt": "Be\x00 brief.", "response_format": "json"}
    status, after = send(alice, "PATCH", path, change)
    told = {"title": "Buses", "sampling": {"seed": 7}, "system_prompt": "Be brief.", "response_format": "json"}
    assert (status, after) == (200, before | told)
    model = {"backend": "ollama", "name": "other"}
    status, last = send(alice, "PATCH", path, {"response_format": None, "model": model, "title": None})
    assert (status, last) == (200, after | {"response_format": None, "model": "other"})
    assert fetch(signed_in(alice), path).value == last


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": " "}, "title"),
        ({"titel": "x"}, "titel"),
        ({"sampling": {"temperature": 9}}, "sampling.temperature"),
        ({"response_format": {"$ref": "http://127.0.0.1/x"}}, "response_format"),
    ],
)
def test_what_is_not_accepted_changes_nothing(
    alice: User, trains: Conversation, change: dict[str, Any], field: str
) -> None:
    path = f"{LIST}/{trains.pk}"
    before = send(alice, "GET", path)
    status, problem = send(alice, "PATCH", path, {"think": "on", **change})
    assert (status, problem["code"]) == (422, "bad_field")
    assert field in problem["errors"][0]["field"]
    assert send(alice, "GET", path) == before


def test_a_deleted_one_is_gone_for_programs_too(alice: User, trains: Conversation) -> None:
    path = f"{LIST}/{trains.pk}"
    assert send(alice, "DELETE", path) == (204, None)
    assert send(alice, "GET", path)[0] == 404
    trains.refresh_from_db()
    assert trains.trashed_at is not None


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_what_is_somebody_elses_is_not_there(charlie: User, trains: Conversation, method: str) -> None:
    foreign, unknown = (send(charlie, method, f"{LIST}/{number}") for number in (trains.pk, uuid4()))
    assert foreign == unknown
    assert foreign[0] == 404
    trains.refresh_from_db()
    assert (trains.title, trains.trashed_at) == ("Trains to Köln", None)


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_session_changes_nothing(alice: User, trains: Conversation, method: str) -> None:
    assert fetch(signed_in(alice), f"{LIST}/{trains.pk}", method).status == 401


@pytest.mark.parametrize("sign", ["\x00", "\ud800"])
@pytest.mark.parametrize("place", ["tools", "sampling", "response_format"])
def test_what_a_database_cannot_hold_is_refused(alice: User, trains: Conversation, place: str, sign: str) -> None:
    values: dict[str, Any] = {
        "tools": [f"calc{sign}"],
        "sampling": {"stop": [f"END{sign}"]},
        "response_format": {"properties": {f"a{sign}": {}}},
    }
    status, told = send(alice, "PATCH", f"{LIST}/{trains.pk}", {place: values[place]})
    assert (status, told["code"]) == (422, "bad_field")
    assert told["errors"][0]["field"].startswith(f"body.{place}")
