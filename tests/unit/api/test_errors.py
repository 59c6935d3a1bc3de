"""Errors are problem documents that name the field; and the description of it all."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import AsyncClient

from conversations.api.limits import BURST
from conversations.models import Conversation, User
from tests.unit.api.program import LIST, fetch, signed_in


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


def test_who_asks_too_fast_is_told_when_to_come_back_and_nobody_else_is(alice: User, charlie: User) -> None:
    client = signed_in(alice)
    answers = [fetch(client, LIST) for _ in range(BURST)]
    while answers[-1].status == 200:  # the bucket is refilled meanwhile
        answers.append(fetch(client, LIST))

    refused = answers[-1]
    assert (refused.status, refused.headers["Retry-After"], refused.value["code"]) == (429, "1", "slow_down")
    assert fetch(signed_in(charlie), LIST).status == 200


def test_openapi_describes_what_there_is() -> None:
    document = fetch(AsyncClient(), "/api/v1/openapi.json").value

    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) >= {LIST, LIST + "/{conversation}/transcript.{ending}", "/api/v1/attachments"}
    assert set(document["components"]["securitySchemes"]) == {"TokenAuth", "SessionAuth"}
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                if status >= "400":
                    assert list(answer["content"]) == ["application/problem+json"]
