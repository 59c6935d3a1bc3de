"""Pages of accounts: waiting, one's own account, passwords, sessions, errors; what a script is told instead."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from conversations.account_forms import ProfileForm
from conversations.models import User

PASSWORD = "correct horse battery"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_limits_left_over() -> None:
    cache.clear()


@pytest.fixture
def bob(client: Client) -> User:
    user = User.objects.create_user("bob", "bob@example.org", PASSWORD)
    client.force_login(user)
    return user


def confirm(client: Client) -> None:
    """The password once more, which what matters asks for."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def test_an_unknown_visitor_is_led_to_the_sign_in_and_back(client: Client) -> None:
    User.objects.create_user("bob", "bob@example.org", PASSWORD)

    assert client.get("/?a=1")["Location"] == reverse("account_login") + "?next=/%3Fa%3D1"


def test_the_first_visitor_of_all_is_led_to_the_sign_up(client: Client) -> None:
    assert client.get("/")["Location"].startswith(reverse("account_signup"))


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Dest": "empty"}, {"Accept": "application/json"}, {"Accept": "*/*"}])
def test_a_script_is_told_instead_of_led(client: Client, headers: dict[str, str]) -> None:
    answer = client.get("/", headers=headers)

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "signed_out"


def test_who_waits_sees_the_waiting_page_until_approved(client: Client, bob: User) -> None:
    User.objects.update(is_approved=False)

    assert client.get("/")["Location"] == reverse("waiting")
    assert "bob" in client.get(reverse("waiting")).content.decode()
    assert client.get("/", headers={"Sec-Fetch-Dest": "empty"}).json()["code"] == "waiting"
    assert client.get(reverse("waiting"), headers={"Accept": "application/json"}).json() == {"may_chat": False}

    User.objects.update(is_approved=True)

    assert client.get(reverse("waiting"), headers={"Accept": "application/json"}).json() == {"may_chat": True}
    assert client.get(reverse("waiting"))["Location"] == reverse("home")


def test_a_stranger_learns_nothing_from_the_waiting_page(client: Client) -> None:
    assert client.get(reverse("waiting"))["Location"] == reverse("account_login")
    assert client.get(reverse("waiting"), headers={"Accept": "application/json"}).status_code == 401


def test_the_profile_takes_name_and_address_and_nothing_else(client: Client, bob: User) -> None:
    data = {
        "name": "Bob  Builder",
        "email": "B@example.org",
        "is_staff": "on",
        "is_superuser": "on",
        "username": "root",
    }
    confirm(client)
    client.post(reverse("account"), data)

    bob.refresh_from_db()
    assert (bob.get_full_name(), bob.email) == ("Bob Builder", "b@example.org")
    assert (bob.username, bob.is_staff, bob.is_superuser) == ("bob", False, False)


def test_an_address_that_was_given_up_resets_no_password(client: Client, bob: User, settings: Any) -> None:
    settings.EMAIL_HOST = "mail.example.org"
    confirm(client)
    client.post(reverse("account"), {"name": "", "email": "new@example.org"})

    Client().post(reverse("account_reset_password"), {"email": "bob@example.org"})
    Client().post(reverse("account_reset_password"), {"email": "new@example.org"})

    links = {message.to[0]: "/password/reset/key/" in str(message.body) for message in mail.outbox}
    assert links == {"bob@example.org": False, "new@example.org": True}


def test_a_wrong_address_is_named_and_what_was_typed_stays(client: Client, bob: User) -> None:
    answer = client.post(reverse("account"), {"name": "Bob", "email": "not an address"})

    assert answer.status_code == 422
    assert "not an address" in answer.content.decode()


def test_a_changed_password_ends_the_other_sessions(client: Client, bob: User) -> None:
    other = Client()
    other.force_login(bob)

    data = {"oldpassword": PASSWORD, "password1": "another horse 11", "password2": "another horse 11"}
    assert client.post(reverse("account_change_password"), data)["Location"] == reverse("account")

    assert client.get(reverse("account")).status_code == 200
    assert other.get(reverse("account")).status_code == 302


def test_without_mail_a_reset_says_who_can_help_and_sends_nothing(client: Client, bob: User) -> None:
    address = reverse("account_reset_password")

    shown, posted = client.get(address), client.post(address, {"email": "bob@example.org"})

    assert (shown.status_code, posted.status_code) == (200, 403)
    assert "An administrator can set a new password" in shown.content.decode()
    assert mail.outbox == []


def test_a_reset_answers_the_same_for_known_and_unknown_addresses(client: Client, settings: Any) -> None:
    settings.EMAIL_HOST = "mail.example.org"
    User.objects.create_user("bob", "bob@example.org", PASSWORD)

    known = client.post(reverse("account_reset_password"), {"email": "bob@example.org"})
    unknown = client.post(reverse("account_reset_password"), {"email": "eve@example.org"})

    assert known["Location"] == unknown["Location"] == reverse("account_reset_password_done")
    assert [message.to for message in mail.outbox] == [["bob@example.org"], ["eve@example.org"]]


def test_a_reset_link_works_once(client: Client, settings: Any) -> None:
    settings.EMAIL_HOST = "mail.example.org"
    User.objects.create_user("bob", "bob@example.org", PASSWORD)
    client.post(reverse("account_reset_password"), {"email": "bob@example.org"})
    link = re.search(r"http://testserver(\S+)", str(mail.outbox[0].body))
    assert link is not None

    form = client.get(link[1])
    client.post(form["Location"], {"password1": "another horse 11", "password2": "another horse 11"})

    assert User.objects.get().check_password("another horse 11")
    assert "used up" in Client().get(link[1], follow=True).content.decode()


@pytest.mark.parametrize("key", ["1-", "1-null", "zz-set-password", "1-set-password"])
def test_a_made_up_reset_key_opens_nothing(client: Client, key: str) -> None:
    User.objects.create_user("bob", "bob@example.org", PASSWORD)

    answer = client.get(f"/accounts/password/reset/key/{key}/", follow=True)

    assert "password1" not in answer.content.decode()


def test_a_flood_of_resets_sends_three_mails(client: Client, settings: Any) -> None:
    settings.EMAIL_HOST = "mail.example.org"
    User.objects.create_user("bob", "bob@example.org", PASSWORD)

    answers = [client.post(reverse("account_reset_password"), {"email": "bob@example.org"}) for _round in range(6)]

    assert [answer.status_code for answer in answers] == [302, 302, 302, 429, 429, 429]
    assert len(mail.outbox) == 3


def test_sessions_are_listed_and_the_others_ended(client: Client) -> None:
    User.objects.create_user("bob", password=PASSWORD)
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    other = Client(headers={"user-agent": firefox})
    for browser in (other, client):
        browser.post(reverse("account_login"), {"login": "bob", "password": PASSWORD})

    assert "Firefox on Linux" in client.get(reverse("usersessions_list")).content.decode()
    confirm(client)
    client.post(reverse("usersessions_list"))

    assert client.get(reverse("account")).status_code == 200
    assert other.get(reverse("account")).status_code == 302


def test_the_language_is_kept(client: Client) -> None:
    client.post(reverse("set_language"), {"language": "de", "next": "/accounts/login/"})

    assert '<html lang="de"' in client.get(reverse("account_login")).content.decode()


def test_a_form_that_is_too_old_gives_back_what_was_typed_but_no_password(bob: User) -> None:
    browser = Client(enforce_csrf_checks=True)

    answer = browser.post(reverse("account_login"), {"login": "<b>bob", "password": "hunter2hunter2"})

    page = answer.content.decode()
    assert answer.status_code == 403
    assert "&lt;b&gt;bob" in page
    assert "hunter2" not in page


def test_a_script_without_a_token_gets_a_problem(bob: User) -> None:
    answer = Client(enforce_csrf_checks=True).post(reverse("account"), headers={"Sec-Fetch-Dest": "empty"})

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


@pytest.mark.parametrize(
    ("failure", "status", "code"), [(ValueError, 500, "internal"), (OperationalError, 503, "storage_busy")]
)
def test_a_failure_shows_a_number_and_nothing_of_itself(
    client: Client, bob: User, monkeypatch: pytest.MonkeyPatch, failure: type[Exception], status: int, code: str
) -> None:
    def fail(*args: Any) -> None:
        raise failure("the canary")

    monkeypatch.setattr(ProfileForm, "save", fail)
    client.raise_request_exception = False

    page = client.post(reverse("account"), {"name": "B", "email": bob.email})
    told = client.post(reverse("account"), {"name": "B", "email": bob.email}, headers={"Accept": "application/json"})

    assert page.status_code == told.status_code == status
    assert told.json()["code"] == code
    assert "Incident" in page.content.decode()
    assert "canary" not in page.content.decode() + told.content.decode()


@pytest.mark.parametrize("address", ["/nowhere/", "/c/00000000-0000-7000-8000-000000000000/"])
def test_what_is_not_there_is_a_page_or_a_problem(client: Client, bob: User, address: str) -> None:
    assert "This is not here" in client.get(address).content.decode()
    assert client.get(address, headers={"Accept": "application/json"}).json()["code"] == "not_found"
