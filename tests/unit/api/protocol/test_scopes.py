"""A token opens what it was made for, and nothing that its user may not do."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import AsyncClient

from conversations.models import ApiToken, Conversation, User
from conversations.models.token import Scope
from tests.unit.api.program import LIST, Answer, fetch, key, signed_in


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    document = fetch(AsyncClient(), "/api/v1/openapi.json").value
    return [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def scopes(operation: dict[str, Any]) -> list[str]:
    return [scope for way in operation.get("security", ()) for scope in way.get("token", [])]


def ask(user: User, method: str, path: str, *given: str) -> Answer:
    return fetch(AsyncClient(), path, method, {}, Authorization=key(user, *given))


PUBLIC = {"readSigningKey"}


def test_each_operation_declares_one_scope_and_a_session_only_reads() -> None:
    everything = operations()
    assert {operation["operationId"] for _method, _path, operation in everything if not scopes(operation)} == PUBLIC
    for method, _path, operation in everything:
        if operation["operationId"] in PUBLIC:
            continue
        assert len(scopes(operation)) == 1, operation["operationId"]
        assert set(scopes(operation)) <= set(Scope.values)
        assert ({"session": []} in operation["security"]) == (method == "GET")


def test_each_operation_wants_the_scope_that_it_declares(alice: User) -> None:
    for method, path, operation in operations():
        if operation["operationId"] in PUBLIC:
            continue
        [wanted] = scopes(operation)
        others = [scope for scope in Scope.values if scope != wanted]
        address = path.replace("{job}", str(uuid4())).replace("{", "").replace("}", "")
        refused = ask(alice, method, address, *others)
        assert (refused.status, refused.value.get("scope")) == (403, wanted), operation["operationId"]
        assert (refused.value["code"], refused.headers["Content-Type"]) == ("missing_scope", "application/problem+json")
        assert f'error="insufficient_scope", scope="{wanted}"' in refused.headers["WWW-Authenticate"]
        assert ask(alice, method, address, wanted).status != 403 or wanted == "admin", operation["operationId"]
        ApiToken.objects.all().delete()


def test_what_is_missing_is_told_before_what_is_there(alice: User, charlie: User, trains: Conversation) -> None:
    path = f"{LIST}/{trains.pk}"

    assert ask(charlie, "DELETE", path, "read").body == ask(charlie, "DELETE", f"{path[:-4]}0000", "read").body
    assert Conversation.objects.get().trashed_at is None


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_scope_admin_makes_nobody_an_administrator(alice: User, method: str) -> None:
    assert ask(alice, method, "/api/v1/backends", "admin").status in (404, 422)
    assert ask(alice, "GET", "/api/v1/library/jobs", "admin").status == 403


def test_a_session_reads_without_any_scope(alice: User, trains: Conversation) -> None:
    assert fetch(signed_in(alice), f"{LIST}/{trains.pk}").status == 200
