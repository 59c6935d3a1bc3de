"""Everybody needs a second factor, where the site's settings say so: without one only the door to set it up opens."""

from __future__ import annotations

import pytest
from django.test import Client

from conversations.live.access import SignedOut, Visitor
from conversations.models import ApiToken, SiteSettings, User
from tests.unit.signin.codes import confirm, person, with_app

pytestmark = pytest.mark.django_db


def switch_on() -> None:
    settings = SiteSettings.load()
    settings.everybody_second_factor = True
    settings.save()


@pytest.fixture
def ada(client: Client) -> User:
    user = person()
    client.force_login(user)
    return user


def visitor(client: Client) -> Visitor:
    return Visitor({"headers": [(b"cookie", f"sessionid={client.session.session_key}".encode())]})


def test_without_a_second_factor_nobody_comes_further_than_to_set_it_up(client: Client, ada: User) -> None:
    _token, secret = ApiToken.issue(ada, "script")
    tab = visitor(client)
    for _ in range(3):  # until it goes by the rows alone
        tab.member()
    assert client.get("/").status_code == 200
    switch_on()

    led = client.get("/", follow=True)

    assert led.redirect_chain[-1][0] == "/accounts/2fa/"
    assert "This site asks for a second factor" in led.content.decode()
    told = client.get("/sidebar/", headers={"Sec-Fetch-Dest": "empty"})
    assert (told.status_code, told.json()["code"]) == (403, "second_factor")
    assert client.get("/waiting/")["Location"] == "/", "nobody has to be let in"
    assert client.get("/api/v1/me").status_code == 401
    assert client.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    for each in (tab, visitor(client)):
        with pytest.raises(SignedOut):
            each.present()


def test_the_way_to_set_it_up_is_open(client: Client, ada: User) -> None:
    switch_on()

    confirm(client)

    assert client.get("/accounts/2fa/app/").status_code == 200
    assert client.get("/accounts/passkeys/add/").status_code == 200


def test_with_one_everything_is_as_before(client: Client, ada: User) -> None:
    _token, secret = ApiToken.issue(ada, "script")
    switch_on()
    with_app(ada)

    assert client.get("/").status_code == 200
    assert client.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    assert visitor(client).member() == ada


def test_staff_are_led_there_from_their_own_door_too(client: Client) -> None:
    client.force_login(User.objects.create_superuser("boss"))
    switch_on()

    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == "/accounts/2fa/"


def test_another_process_hears_of_it_soon(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ada.may_chat
    SiteSettings.objects.update(everybody_second_factor=True)  # no signal comes here
    assert ada.may_chat

    monkeypatch.setattr("conversations.models.site.BELIEVED_SECONDS", -1.0)

    assert not ada.may_chat
