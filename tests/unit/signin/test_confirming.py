"""What matters asks who it is: the address of an account, its other sessions, a first password."""

from __future__ import annotations

import time

import pytest
from django.test import Client

from conversations.models import User
from tests.unit.signin.codes import PASSWORD, code_of, confirm, is_in, person, sign_in, with_app

pytestmark = pytest.mark.django_db

ADDRESS = {"name": "Ada L", "email": "ada@example.net"}
FIRST = {"password1": "another horse 11", "password2": "another horse 11"}


def from_a_provider(client: Client, seconds: float) -> User:
    """Somebody without a password, who came from a provider so long ago."""
    user = User.objects.create_user("carol")
    client.force_login(user)
    session = client.session
    record = {"method": "socialaccount", "at": time.time() - seconds}
    session["account_authentication_methods"], session["account_authentication_methods_user"] = [record], str(user.pk)
    session.save()
    return user


def test_a_new_address_asks_who_it_is_and_keeps_what_was_typed(client: Client) -> None:
    client.force_login(person())

    asked = client.post("/account/", ADDRESS)
    assert asked["Location"] == "/accounts/confirm/?next=%2Faccount%2F"
    assert User.objects.get().email == ""
    client.post(asked["Location"], {"password": "wrong"})
    assert User.objects.get().email == ""
    led = client.post(asked["Location"], {"password": PASSWORD, "next": "/account/"})

    assert (led.status_code, led["Location"]) == (302, "/account/")
    ada = User.objects.get()
    assert (ada.email, ada.get_full_name()) == ("ada@example.net", "Ada L")


def test_a_new_name_asks_nothing(client: Client) -> None:
    client.force_login(person(email="ada@example.org"))

    client.post("/account/", {"name": "Ada L", "email": "ada@example.org"})

    assert User.objects.get().get_full_name() == "Ada L"


def test_a_second_factor_is_an_answer_too(client: Client) -> None:
    user = person()
    with_app(user)
    client.force_login(user)

    client.post("/account/", ADDRESS)
    client.post("/accounts/2fa/confirm/", {"code": code_of(), "next": "/account/"})

    assert User.objects.get().email == "ada@example.net"


def test_the_other_sessions_are_ended_by_who_confirms_it(client: Client) -> None:
    person()
    other = Client()
    for browser in (other, client):
        sign_in(browser)

    asked = client.post("/accounts/sessions/")
    assert asked["Location"].startswith("/accounts/confirm/")
    assert is_in(other)
    client.post(asked["Location"], {"password": PASSWORD, "next": "/accounts/sessions/"})

    assert is_in(client)
    assert not is_in(other)


def test_a_confirmation_holds_for_some_minutes_only(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.force_login(person())
    confirm(client)
    now = time.time()
    monkeypatch.setattr("allauth.account.internal.flows.reauthentication.time.time", lambda: now + 301)

    assert client.post("/account/", ADDRESS)["Location"].startswith("/accounts/confirm/")


@pytest.mark.parametrize(("seconds", "address"), [(299, "ada@example.net"), (301, "")])
def test_of_who_has_no_password_the_sign_in_is_recent(client: Client, seconds: float, address: str) -> None:
    from_a_provider(client, seconds)

    answer = client.post("/account/", ADDRESS)

    assert User.objects.get().email == address
    assert answer.status_code == (302 if address else 422)
    assert address or "Sign out and in again first" in answer.content.decode()
    assert address or "ada@example.net" in answer.content.decode(), "what was typed stays"


@pytest.mark.parametrize(("seconds", "is_set"), [(299, True), (301, False)])
def test_a_first_password_is_set_by_who_has_just_signed_in(client: Client, seconds: float, is_set: bool) -> None:
    from_a_provider(client, seconds)

    client.post("/accounts/password/set/", FIRST)
    client.post("/accounts/sessions/")

    assert User.objects.get().has_usable_password() is is_set
