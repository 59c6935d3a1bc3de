"""Staff need a second factor, where the site's settings say so: without one they are led to set it up."""

from __future__ import annotations

import pytest
from django.test import Client

from conversations.models import ApiToken, SiteSettings, User
from conversations.models.token import Scope
from tests.unit.signin.codes import with_app

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> User:
    SiteSettings.load()
    SiteSettings.objects.update(staff_second_factor=True)
    return User.objects.create_superuser("boss", password="x")


def test_staff_without_one_are_led_to_set_it_up(client: Client, boss: User) -> None:
    client.force_login(boss)

    led = client.get("/admin/", follow=True)

    assert led.redirect_chain[-1][0] == "/accounts/2fa/"
    assert "Staff of this site need a second factor" in led.content.decode()
    assert client.get("/").status_code == 200, "chatting is no right of staff's"


def test_it_holds_at_every_door_of_staff(client: Client, boss: User) -> None:
    _token, secret = ApiToken.issue(boss, "script", list(Scope))
    asked = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}

    assert client.get("/api/v1/backends", **asked).status_code in (403, 404)  # type: ignore[arg-type]
    assert not User.objects.get().has_perm("conversations.review_conversation")
    assert not User.objects.get().has_module_perms("conversations")
    assert not User.objects.get().may_manage_library


def test_with_one_everything_is_as_before(client: Client, boss: User) -> None:
    with_app(boss)
    client.force_login(boss)

    assert client.get("/admin/").status_code == 200
    assert User.objects.get().may_manage_library
    assert User.objects.get().has_perm("conversations.review_conversation")


def test_people_who_are_no_staff_are_not_asked(client: Client, boss: User) -> None:
    client.force_login(User.objects.create_user("ada"))

    assert client.get("/").status_code == 200
    assert client.get("/admin/").status_code in (302, 403)
