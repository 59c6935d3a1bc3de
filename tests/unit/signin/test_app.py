"""Codes of an app: set up, asked for at sign-in, taken once, limited; and the recovery codes beside them."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.test import Client

from conversations.models import User
from tests.unit.signin.codes import SECRET, answer, code_of, confirm, is_in, person, sign_in, with_app

pytestmark = pytest.mark.django_db


def test_an_app_is_set_up_with_the_code_it_shows(client: Client) -> None:
    client.force_login(person())
    assert client.get("/accounts/2fa/app/")["Location"].startswith("/accounts/confirm/")
    confirm(client)
    page = client.get("/accounts/2fa/app/").content.decode()
    secret = re.findall(r"[A-Z2-7]{32}", page)[0]

    wrong = client.post("/accounts/2fa/app/", {"code": "000000" if code_of(secret) != "000000" else "000001"})
    right = client.post("/accounts/2fa/app/", {"code": code_of(secret)})

    assert (wrong.status_code, right["Location"]) == (200, "/accounts/2fa/recovery/")
    assert 'src="data:image/svg+xml;base64,' in page
    assert len(re.findall(r"<code>\d{8}</code>", client.get(right["Location"]).content.decode())) == 10


def test_the_password_alone_opens_nothing_and_a_code_does_once(client: Client) -> None:
    with_app(person())

    assert sign_in(client) == "/accounts/2fa/code/"
    assert not is_in(client)
    assert answer(client, code_of()) == 302
    assert is_in(client)

    other = Client()
    sign_in(other)
    assert answer(other, code_of()) == 200, "a code that was used is used up"
    assert not is_in(other)


def test_a_recovery_code_is_taken_once(client: Client) -> None:
    codes = with_app(person())
    sign_in(client)
    assert answer(client, codes[0]) == 302

    other = Client()
    sign_in(other)

    assert answer(other, codes[0]) == 200
    assert answer(other, codes[1]) == 302


def test_codes_cannot_be_guessed(client: Client) -> None:
    with_app(person())
    sign_in(client)

    for _attempt in range(10):
        answer(client, "12345")

    assert answer(client, code_of()) == 200, "the right one comes too late"
    assert "That was too often" in client.post("/accounts/2fa/code/", {"code": code_of()}).content.decode()


def test_the_database_holds_no_secret_in_clear() -> None:
    codes = with_app(person())

    stored = str(list(Authenticator.objects.values_list("data", flat=True)))

    assert SECRET not in stored
    assert not any(code in stored for code in codes)


def test_a_lost_secret_key_lets_nobody_in(client: Client, settings: object) -> None:
    with_app(person())
    settings.SECRET_KEY = "another" * 10  # type: ignore[attr-defined]
    sign_in(client)

    assert answer(client, code_of()) == 200


def test_removing_the_app_asks_who_it_is(client: Client) -> None:
    user = person()
    with_app(user)
    client.force_login(user)

    assert client.post("/accounts/2fa/app/remove/")["Location"].startswith("/accounts/confirm/")
    confirm(client)
    assert client.post("/accounts/2fa/app/remove/").status_code == 302
    assert not Authenticator.objects.exists(), "the recovery codes go with the last factor"


def test_an_administrator_removes_what_a_lost_device_asks_for(client: Client) -> None:
    boss = User.objects.create_superuser("boss", password="x")
    for user in (boss, person()):
        with_app(user)
    client.force_login(boss)

    data = {"action": "remove_factors", "_selected_action": list(User.objects.values_list("pk", flat=True))}
    client.post("/admin/conversations/user/", data)

    assert set(Authenticator.objects.values_list("user__username", flat=True)) == {"boss"}, "never one's own"
    assert LogEntry.objects.get().object_repr == "ada"
