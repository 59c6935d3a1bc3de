"""The page of one's tokens: a secret is seen once, what opens nothing is not offered, another's is not there."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import ApiToken, User
from conversations.models.token import MOST_TOKENS

PAGE = "/account/tokens/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def bob(client: Client) -> User:
    user = User.objects.create_user("bob", password="correct horse battery")
    client.force_login(user)
    return user


def make(client: Client, **values: object) -> tuple[int, str]:
    answer = client.post(PAGE, {"name": "backup", "scopes": ["read"], "lifetime": "30", **values})
    return answer.status_code, answer.content.decode()


def test_the_secret_is_in_the_answer_to_making_it_and_never_again(client: Client, bob: User) -> None:
    status, page = make(client, scopes=["read", "export"])

    found = re.search(r'value="(cs_[^"]+)"', page)
    assert (status, bool(found)) == (200, True)
    token = ApiToken.objects.find(found[1] if found else "")
    assert token is not None
    assert (token.user, token.name, token.scopes) == (bob, "backup", ["read", "export"])
    assert "cs_" not in client.get(PAGE).content.decode()


def test_nothing_keeps_the_answer_with_a_secret(client: Client, bob: User) -> None:
    answer = client.post(PAGE, {"name": "backup", "scopes": ["read"], "lifetime": "7"})

    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(("lifetime", "days"), [("7", 7), ("30", 30), ("90", 90)])
def test_a_token_expires_after_the_days_that_were_chosen(client: Client, bob: User, lifetime: str, days: int) -> None:
    make(client, lifetime=lifetime)

    expires_at = ApiToken.objects.get().expires_at
    assert expires_at is not None
    assert timedelta(days=days - 1) < expires_at - timezone.now() <= timedelta(days=days)


def test_a_token_expires_on_the_day_that_was_chosen_or_never(client: Client, bob: User) -> None:
    day = timezone.localdate() + timedelta(days=3)
    make(client, lifetime="until", until=day.isoformat())
    expires_at = ApiToken.objects.get().expires_at
    assert expires_at is not None
    assert (timezone.localdate(expires_at), expires_at > timezone.now()) == (day, True)
    make(client, lifetime="", name="for ever")
    assert ApiToken.objects.get(name="for ever").expires_at is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": " "}, "This field is required."),
        ({"name": "a" * 101}, "at most 100 characters"),
        ({"scopes": []}, "This field is required."),
        ({"scopes": ["admin"]}, "not one of the available choices"),
        ({"lifetime": "31"}, "not one of the available choices"),
        ({"lifetime": "until"}, "Choose the last day."),
        ({"lifetime": "until", "until": "2020-01-01"}, "This day is over."),
    ],
)
def test_a_mistake_makes_no_token_and_is_explained(
    client: Client, bob: User, values: dict[str, object], words: str
) -> None:
    status, page = make(client, **values)

    assert (status, words in page, ApiToken.objects.count()) == (422, True, 0)


def test_what_was_typed_is_kept_when_there_are_too_many(client: Client, bob: User) -> None:
    for number in range(MOST_TOKENS):
        ApiToken.issue(bob, str(number))

    status, page = make(client, name="one more")
    assert (status, "You have too many tokens." in page, 'value="one more"' in page) == (422, True, True)


def test_what_opens_nothing_is_not_offered(client: Client, bob: User) -> None:
    assert 'value="admin"' not in client.get(PAGE).content.decode()
    User.objects.update(is_staff=True, is_superuser=True)
    assert 'value="admin"' in client.get(PAGE).content.decode()


def test_revoking_asks_first_and_ends_the_token(client: Client, bob: User) -> None:
    token, secret = ApiToken.issue(bob, "<b>backup</b>")
    path = f"{PAGE}{token.pk}/revoke/"

    assert "&lt;b&gt;backup&lt;/b&gt;" in client.get(path).content.decode()
    assert ApiToken.objects.find(secret) is not None
    assert client.post(path, follow=True).status_code == 200
    assert ApiToken.objects.find(secret) is None


def test_anothers_token_is_not_there(client: Client, bob: User) -> None:
    token, _secret = ApiToken.issue(User.objects.create_user("ana"), "anastasia's own")

    assert "anastasia" not in client.get(PAGE).content.decode()
    assert [client.get(f"{PAGE}{n}/revoke/").status_code for n in (token.pk, token.pk + 1)] == [404, 404]
    assert client.post(f"{PAGE}{token.pk}/revoke/").status_code == 404
    assert ApiToken.objects.count() == 1


def test_who_is_not_let_in_has_no_tokens(client: Client, bob: User) -> None:
    User.objects.update(is_approved=False)

    assert client.get(PAGE)["Location"] == "/waiting/"
    assert client.post(PAGE, {"name": "backup", "scopes": ["read"], "lifetime": ""}).status_code == 302
    assert not ApiToken.objects.exists()
