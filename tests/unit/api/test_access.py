"""Who gets what: the owner everything, everybody else the same nothing."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import AsyncClient
from django.utils import timezone

from conversations.models import ApiToken, Conversation, User
from tests.unit.api.program import ENDINGS, LIST, fetch, key, paths, signed_in


def test_a_session_and_a_token_open_the_same(alice: User, trains: Conversation) -> None:
    for path in (LIST, *paths(trains)):
        by_session = fetch(signed_in(alice), path)
        by_token = fetch(AsyncClient(), path, Authorization=key(alice))
        assert (by_session.status, by_session.body) == (200, by_token.body)


def test_charlie_gets_for_alices_conversation_what_he_gets_for_none(charlie: User, trains: Conversation) -> None:
    client = signed_in(charlie)
    for foreign, unknown in zip(paths(trains), paths(uuid4()), strict=True):
        refused, missing = fetch(client, foreign), fetch(client, unknown)
        assert (refused.status, refused.body, refused.headers) == (404, missing.body, missing.headers)
        assert fetch(AsyncClient(), foreign, Authorization=key(charlie)).body == missing.body
    assert fetch(client, LIST).value == {"items": [], "next": None}


def test_an_administrator_gets_nothing_of_alices_here(charlie: User, trains: Conversation) -> None:
    User.objects.filter(pk=charlie.pk).update(is_staff=True, is_superuser=True)

    assert [fetch(signed_in(charlie), path).status for path in paths(trains)] == [404] * len(ENDINGS)


def test_what_is_in_the_trash_is_not_here(alice: User, trains: Conversation) -> None:
    trains.trash()

    assert [fetch(signed_in(alice), path).status for path in paths(trains)] == [404] * len(ENDINGS)
    assert fetch(signed_in(alice), LIST).value["items"] == []


@pytest.mark.parametrize("state", [{"is_active": False}, {"is_approved": False}])
def test_who_is_out_stays_out(alice: User, trains: Conversation, state: dict[str, bool]) -> None:
    client, token = signed_in(alice), key(alice)
    User.objects.filter(pk=alice.pk).update(**state)

    for path in (LIST, *paths(trains)):
        assert fetch(client, path).status == 401
        assert fetch(AsyncClient(), path, Authorization=token).status == 401


def test_strangers_are_told_how_to_come_in(trains: Conversation) -> None:
    for path in (LIST, *paths(trains), *paths(uuid4())):
        answer = fetch(AsyncClient(), path)
        assert (answer.status, answer.headers["Content-Type"]) == (401, "application/problem+json")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Chatsite"'


@pytest.mark.parametrize("given", ["Bearer cs_wrong", "Bearer ", "Bearer", "Basic YTpi", "cs_wrong"])
def test_a_wrong_token_is_not_made_good_by_a_session(alice: User, given: str) -> None:
    answer = fetch(signed_in(alice), LIST, Authorization=given)

    assert (answer.status, 'error="invalid_token"' in answer.headers["WWW-Authenticate"]) == (401, True)


def test_an_expired_token_opens_nothing(alice: User) -> None:
    assert fetch(AsyncClient(), LIST, Authorization=key(alice, expires_at=timezone.now())).status == 401


def test_the_use_of_a_token_is_remembered(alice: User) -> None:
    fetch(AsyncClient(), LIST, Authorization=key(alice))

    assert ApiToken.objects.get().last_used_at is not None


@pytest.mark.parametrize(
    ("site", "status"),
    [("same-origin", 200), ("none", 200), ("same-site", 401), ("cross-site", 401)],
)
def test_other_sites_pages_cannot_use_the_session(alice: User, site: str, status: int) -> None:
    assert fetch(signed_in(alice), LIST, Sec_Fetch_Site=site).status == status


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_changed(alice: User, trains: Conversation, method: str) -> None:
    for path in (LIST, *paths(trains)):
        assert fetch(signed_in(alice), path, method).status == (401 if (path, method) == (LIST, "POST") else 405)
    assert Conversation.objects.get().trashed_at is None
