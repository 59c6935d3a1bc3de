"""Errors are problem documents that name the field; and the description of it all."""

from __future__ import annotations

from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.test import AsyncClient, Client
from jsonschema import Draft202012Validator
from schemathesis.specs.openapi.definitions import OPENAPI_31

from conversations.live.rates import REQUESTS
from conversations.models import Conversation, User
from tests.unit.api.program import LIST, fetch, key, signed_in


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("cursor=nonsense", "cursor"),
        ("cursor=%C3%A4", "cursor"),
        ("cursor=" + "f" * 32, "cursor"),
        ("cursor=" + "A" * 65, "cursor"),
    ],
)
def test_a_value_that_is_not_accepted_is_named(alice: User, query: str, field: str) -> None:
    answer = fetch(signed_in(alice), f"{LIST}?{query}")

    assert (answer.status, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert [error["field"] for error in answer.value["errors"]] == [field]
    assert answer.value["code"] == "bad_field"


def test_a_number_or_an_ending_that_cannot_be_is_named(alice: User, trains: Conversation) -> None:
    client = signed_in(alice)

    assert fetch(client, f"{LIST}/12/transcript.json").value["errors"][0]["field"] == "conversation"
    assert fetch(client, f"{LIST}/{trains.pk}/transcript.exe").value["errors"][0]["field"] == "ending"


def test_problems_are_in_the_readers_language(alice: User) -> None:
    answer = fetch(signed_in(alice), f"{LIST}/{uuid4()}/transcript.json", Accept_Language="de")

    assert answer.headers["Content-Language"] == "de"


@pytest.mark.parametrize("path", ["/api/v1/", "/api/v1/nothing", f"{LIST}/{uuid4()}/nothing", f"{LIST}/"])
def test_an_unknown_address_is_a_problem_too(path: str) -> None:
    answer = fetch(AsyncClient(), path, Accept="text/html")

    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")


def test_who_asks_too_fast_is_told_when_to_come_back_and_nobody_else_is(
    alice: User, charlie: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A slow machine does not ask faster than the bucket is refilled.
    monkeypatch.setattr("conversations.live.bucket.time", SimpleNamespace(monotonic=lambda: 1000.0))
    client = signed_in(alice)
    *answers, refused = [fetch(client, LIST) for _ in range(REQUESTS.burst + 1)]

    assert {answer.status for answer in answers} == {200}
    assert (refused.status, refused.headers["Retry-After"], refused.value["code"]) == (429, "1", "slow_down")
    assert fetch(signed_in(charlie), LIST).status == 200


def test_openapi_describes_what_there_is() -> None:
    document = fetch(AsyncClient(), "/api/v1/openapi.json").value

    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) >= {LIST, LIST + "/{conversation}/transcript.{ending}", "/api/v1/attachments"}
    assert set(document["components"]["securitySchemes"]) == {"token", "session"}
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                if status >= "400":
                    assert list(answer["content"]) == ["application/problem+json"]


def test_the_description_is_valid_openapi() -> None:
    document = fetch(AsyncClient(), "/api/v1/openapi.json").value

    assert [error.json_path for error in Draft202012Validator(OPENAPI_31).iter_errors(document)] == []
    Draft202012Validator.check_schema({"$defs": document["components"]["schemas"]})


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "TRACE", "PROPFIND"])
def test_a_method_that_there_is_not_is_told_which_there_are(alice: User, trains: Conversation, method: str) -> None:
    answer = fetch(AsyncClient(), f"{LIST}/{trains.pk}/transcript.json", method, Authorization=key(alice))

    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert (answer.headers["Content-Type"], answer.value["code"]) == ("application/problem+json", "not_allowed")


@pytest.mark.parametrize(
    ("media_type", "status", "code"),
    [
        ("application/json", 200, None),
        ("application/json; charset=utf-8", 200, None),
        ("application/merge-patch+json", 200, None),
        ("text/plain", 415, "not_json"),
        ("application/x-www-form-urlencoded", 415, "not_json"),
    ],
)
def test_a_body_says_that_it_is_json(
    alice: User, trains: Conversation, media_type: str, status: int, code: str | None
) -> None:
    change = {"title": "Buses"}
    answer = fetch(
        AsyncClient(), f"{LIST}/{trains.pk}", "PATCH", change, Authorization=key(alice), Content_Type=media_type
    )

    assert (answer.status, answer.value.get("code")) == (status, code)


@pytest.mark.parametrize(("body", "words"), [(b'{"title": }', "Line 1, column 11."), (b'{"title": NaN}', "")])
def test_what_is_not_json_is_told_where(alice: User, trains: Conversation, body: bytes, words: str) -> None:
    answer = Client().patch(
        f"{LIST}/{trains.pk}", body, content_type="application/json", headers={"Authorization": key(alice)}
    )

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert (answer.json()["code"], answer.json()["detail"]) == ("bad_json", words)


def test_what_fails_inside_is_a_problem_too_for_whoever_names_no_type(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError("inside")

    monkeypatch.setattr(Conversation.objects, "visible_to", fail)
    client = Client(raise_request_exception=False, headers={"Authorization": key(alice)})
    for accept in ({}, {"Accept": "text/html"}):
        answer = client.get(LIST, headers=accept)
        assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
        assert answer.json()["detail"].startswith("Incident ")
