"""A program shares a conversation, brings its link up to date, and stops it."""

from __future__ import annotations

from django.test import AsyncClient, Client

from conversations.models import Conversation, Share, Sharing, SiteSettings, User
from tests.unit.api.program import LIST, Answer, fetch, key
from tests.unit.views.people import answer, say


def ask(user: User, method: str, conversation: Conversation, body: object = None) -> Answer:
    return fetch(AsyncClient(), f"{LIST}/{conversation.pk}/share", method, body, Authorization=key(user))


def test_a_link_is_made_updated_and_stopped(client: Client, alice: User, trains: Conversation) -> None:
    client.force_login(alice)
    assert ask(alice, "GET", trains).status == 404

    made = ask(alice, "PUT", trains, {"days": 7})
    assert (made.status, made.value["is_behind"], made.value["leaf"]) == (200, False, trains.leaf_id)
    assert made.value["expires_at"] is not None
    assert client.get(made.value["url"]).status_code == 200

    trains.refresh_from_db()
    answer(trains, "By steam.", say(trains, "And before?"))
    assert ask(alice, "GET", trains).value == {**made.value, "is_behind": True}
    updated = ask(alice, "PUT", trains, {})
    assert (updated.value["url"], updated.value["is_behind"]) == (made.value["url"], False)
    assert "By steam." in client.get(made.value["url"]).text

    assert ask(alice, "DELETE", trains).status == 204
    assert (ask(alice, "DELETE", trains).status, client.get(made.value["url"]).status_code) == (404, 404)


def test_what_is_not_to_be_shared_is_refused(alice: User, charlie: User, trains: Conversation) -> None:
    wrong = ask(alice, "PUT", trains, {"days": 8})
    assert (wrong.status, wrong.value["errors"][0]["field"]) == (422, "body.days")
    assert ask(charlie, "PUT", trains, {}).status == 404

    SiteSettings.objects.update_or_create(defaults={"sharing": Sharing.OFF})
    assert ask(alice, "PUT", trains, {}).status == 404


def test_what_staff_have_stopped_is_not_shared_again(alice: User, trains: Conversation) -> None:
    Share.objects.make(trains).stop("rita", is_barred=True)
    refused = ask(alice, "PUT", trains, {})
    assert (refused.status, refused.value["code"]) == (409, "sharing_barred")
