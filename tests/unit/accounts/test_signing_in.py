"""Signing up, in and out: who becomes what, what is refused and in which words."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from conversations.models import SignUp, SiteSettings, User

PASSWORD = "correct horse battery"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_limits_left_over() -> None:
    cache.clear()


@pytest.fixture
def admin() -> User:
    return User.objects.create_superuser("ada", "ada@example.org", PASSWORD)


def set_signup(value: SignUp) -> None:
    SiteSettings.load()
    SiteSettings.objects.update(signup=value)


def sign_up(client: Client, username: str, **more: Any) -> Any:
    data = {"username": username, "email": "", "password1": PASSWORD, **more}
    return client.post(reverse("account_signup"), data)


def sign_in(client: Client, login: str, password: str = PASSWORD, **more: Any) -> Any:
    return client.post(reverse("account_login"), {"login": login, "password": password}, **more)


def test_the_first_account_is_the_administrator_and_lands_on_the_chat_page(client: Client) -> None:
    set_signup(SignUp.APPROVAL)

    answer = sign_up(client, "ada")

    first = User.objects.get()
    assert (first.is_superuser, first.is_staff, first.is_approved) == (True, True, True)
    assert answer["Location"] == reverse("home")


def test_the_first_account_is_taken_even_when_sign_up_is_closed(client: Client) -> None:
    set_signup(SignUp.CLOSED)

    sign_up(client, "ada")

    assert User.objects.get().is_superuser


@pytest.mark.parametrize(("signup", "is_approved"), [(SignUp.OPEN, True), (SignUp.APPROVAL, False)])
def test_a_later_account_has_no_rights(client: Client, admin: User, signup: SignUp, is_approved: bool) -> None:
    set_signup(signup)

    sign_up(client, "bob")

    bob = User.objects.get(username="bob")
    assert (bob.is_superuser, bob.is_staff, bob.is_approved) == (False, False, is_approved)


def test_a_closed_sign_up_refuses_what_is_posted(client: Client, admin: User) -> None:
    set_signup(SignUp.CLOSED)

    shown, posted = client.get(reverse("account_signup")), sign_up(client, "bob")

    assert (shown.status_code, posted.status_code) == (200, 403)
    assert "Sign-up is closed" in posted.content.decode()
    assert User.objects.count() == 1


def test_the_environment_seeds_the_setting_and_the_row_then_counts(settings: Any) -> None:
    settings.SIGNUP = "closed"
    assert SiteSettings.load().signup == SignUp.CLOSED
    settings.SIGNUP = "open"
    assert SiteSettings.load().signup == SignUp.CLOSED


def test_a_sign_up_cannot_give_itself_anything(client: Client, admin: User) -> None:
    set_signup(SignUp.APPROVAL)

    sign_up(
        client, "bob", is_staff="on", is_superuser="1", is_approved="true", is_active="", id="1", pk="1", user="1",
        role="admin", groups="1", user_permissions="1", date_joined="2001-01-01", status="approved",
    )  # fmt: skip

    bob = User.objects.get(username="bob")
    assert (bob.is_staff, bob.is_superuser, bob.is_approved, bob.is_active) == (False, False, False, True)
    assert bob.pk != admin.pk
    assert bob.date_joined.year > 2001


@pytest.mark.parametrize("name", ["ada", "ADA", "ａｄａ"])
def test_a_name_is_taken_in_every_spelling(client: Client, admin: User, name: str) -> None:
    answer = sign_up(client, name)

    assert answer.status_code == 200
    assert "already exists" in answer.content.decode()
    assert User.objects.count() == 1


def test_an_address_that_is_known_is_not_given_away(client: Client, admin: User) -> None:
    answer = sign_up(client, "bob", email="ada@example.org", password1="a password of another 9")

    assert answer["Location"] == reverse("home")
    assert sign_in(Client(), "ada@example.org").wsgi_request.user == admin


@pytest.mark.parametrize("login", ["ada", "ADA", "ada@example.org", "Ada@Example.org"])
def test_one_signs_in_by_name_or_by_address(client: Client, admin: User, login: str) -> None:
    assert sign_in(client, login)["Location"] == reverse("home")
    assert client.get(reverse("account")).wsgi_request.user == admin


def test_a_wrong_password_and_an_unknown_name_get_the_same_words(client: Client, admin: User) -> None:
    known = sign_in(client, "ada", "wrong").content.decode()
    unknown = sign_in(client, "eve", "wrong").content.decode()

    assert "not correct" in known
    assert _without_token(known.replace("ada", "eve")) == _without_token(unknown)


class CountingHasher(MD5PasswordHasher):
    """How often a password was hashed, which is what an onlooker with a clock can tell."""

    rounds = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).rounds += 1
        return super().encode(password, salt)


@pytest.mark.parametrize("login", ["ada", "ada@example.org", "eve", "eve@example.org"])
def test_a_refusal_costs_the_same_for_everybody(client: Client, settings: Any, login: str) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    User.objects.create_user("ada", "ada@example.org", PASSWORD)
    CountingHasher.rounds = 0

    sign_in(client, login, "wrong")

    assert CountingHasher.rounds == 1


def test_a_switched_off_account_is_told_so_and_stays_out(client: Client, admin: User) -> None:
    User.objects.update(is_active=False)

    answer = sign_in(client, "ada")

    assert answer["Location"] == reverse("account_inactive")
    assert "switched off" in client.get(answer["Location"]).content.decode()
    assert not client.get("/").wsgi_request.user.is_authenticated


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_next_leads_nowhere_else(client: Client, admin: User, target: str) -> None:
    answer = client.post(reverse("account_login"), {"login": "ada", "password": PASSWORD, "next": target})

    assert answer["Location"] == reverse("home")


def test_signing_in_changes_the_session(client: Client, admin: User) -> None:
    client.get(reverse("account_login"))
    session = client.session
    session["planted"] = "1"
    session.save()
    before = str(session.session_key)
    client.cookies["sessionid"] = before

    sign_in(client, "ada")

    assert client.cookies["sessionid"].value != before


def test_signing_out_wants_a_post(client: Client, admin: User) -> None:
    client.force_login(admin)

    client.get(reverse("account_logout"))
    assert client.get(reverse("account")).status_code == 200
    client.post(reverse("account_logout"))
    assert client.get(reverse("account")).status_code == 302


@pytest.mark.parametrize("door", ["/accounts/logout/", "/admin/logout/"])
def test_signing_out_tells_the_browser_to_drop_its_cache(client: Client, admin: User, door: str) -> None:
    client.force_login(admin)

    answer = client.post(door)

    assert (answer.status_code, answer["Clear-Site-Data"]) == (302, '"cache"'), "and no drafts"
    assert "Clear-Site-Data" not in client.get("/accounts/login/")


def test_the_eleventh_wrong_password_is_too_many_and_others_still_come_in(client: Client, admin: User) -> None:
    User.objects.create_user("bob", password=PASSWORD)
    hosts = ["testserver", "localhost", "a.localhost", "b.localhost"]

    answers = [sign_in(Client(), "ada", "wrong", HTTP_HOST=hosts[turn % 4]).status_code for turn in range(10)]
    eleventh = sign_in(client, "ada", "wrong")

    assert answers == [200] * 10
    assert (eleventh.status_code, eleventh["Retry-After"]) == (429, "180")
    assert sign_in(client, "ada").status_code == 429
    assert sign_in(client, "bob").status_code == 302


def test_a_flood_of_sign_ups_from_one_address_is_refused(client: Client, admin: User) -> None:
    statuses = [sign_up(Client(), "x").status_code for _round in range(20)]
    refused = sign_up(client, "x")

    assert 429 not in statuses
    assert (refused.status_code, refused["Retry-After"]) == (429, "180")
    assert sign_up(Client(REMOTE_ADDR="198.51.100.7"), "carol").status_code == 302


def test_without_a_proxy_nobody_chooses_their_address(client: Client, admin: User) -> None:
    for turn in range(20):
        sign_up(Client(headers={"x-forwarded-for": f"198.51.100.{turn}"}), "x")

    assert sign_up(Client(headers={"x-forwarded-for": "203.0.113.9"}), "x").status_code == 429


def _without_token(page: str) -> list[str]:
    return [line for line in page.splitlines() if "csrfmiddlewaretoken" not in line]
