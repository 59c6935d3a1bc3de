"""How long a session lasts: 30 days at most, less without use, and what counts as use."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations.live.access import SignedOut, Visitor
from conversations.models import SiteSettings
from conversations.signin import sessions
from conversations.signin.sessions import BEGAN, SessionStore
from tests.unit.signin.codes import confirm, is_in, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client: Client) -> Client:
    client.force_login(person())
    return client


def age(days: float, left: float) -> None:
    """As if its owner had signed in so long ago, and it had so long to go."""
    store = SessionStore(Session.objects.get().pk)
    store[BEGAN] = int((timezone.now() - timedelta(days=days)).timestamp())
    store.save()
    Session.objects.update(expire_date=timezone.now() + timedelta(days=left))


def days_left() -> float:
    return (Session.objects.get().expire_date - timezone.now()) / timedelta(days=1)


def updates(client: Client) -> list[str]:
    """What a page writes of sessions."""
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get("/account/").status_code == 200
    return [each["sql"] for each in asked if "UPDATE" in each["sql"] and "django_session" in each["sql"]]


def test_a_session_that_nobody_uses_ends(signed_in: Client) -> None:
    assert 13.9 < days_left() <= 14

    age(days=14, left=-0.001)

    assert not is_in(signed_in)


def test_use_moves_its_end_and_is_written_once_an_hour(signed_in: Client) -> None:
    assert updates(signed_in) == [], "the sign-in has just been written"
    age(days=2, left=12.5)

    assert len(updates(signed_in)) == 1
    assert 13.9 < days_left() <= 14
    assert updates(signed_in) == []


def test_no_use_takes_it_beyond_thirty_days(signed_in: Client) -> None:
    age(days=28, left=1)

    assert len(updates(signed_in)) == 1
    assert 1.9 < days_left() <= 2
    confirm(signed_in)  # which stores it with something new in it

    assert 1.9 < days_left() <= 2
    assert int(signed_in.cookies["sessionid"]["max-age"]) <= 2 * 24 * 3600, "the cookie goes with it"


def test_an_administrator_sets_how_long(signed_in: Client) -> None:
    age(days=2, left=12)
    settings = SiteSettings.load()
    settings.idle_days = 1
    settings.save()

    assert is_in(signed_in)
    assert 0.9 < days_left() <= 1
    assert "not used for 1 day ends" in signed_in.get("/accounts/sessions/").content.decode()


def test_a_busy_database_refuses_nobody(signed_in: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    age(days=2, left=12)

    def busy(**given: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(Session.objects, "filter", lambda **given: SimpleNamespace(update=busy))

    assert is_in(signed_in)
    assert 11.9 < days_left() < 12.1


def test_a_session_of_an_older_version_keeps_its_end_until_it_is_stored(signed_in: Client) -> None:
    end = timezone.now() + timedelta(days=20)
    store = SessionStore(Session.objects.get().pk)
    data = {name: value for name, value in store.items() if name != BEGAN}
    Session.objects.update(session_data=store.encode(data), expire_date=end)

    assert updates(signed_in) == []
    assert Session.objects.get().expire_date == end
    confirm(signed_in)
    assert 13.9 < days_left() <= 14


@pytest.fixture
def visitor(signed_in: Client) -> Visitor:
    """Of a tab that has been open for long."""
    visitor = Visitor({"headers": [(b"cookie", f"sessionid={signed_in.session.session_key}".encode())]})
    visitor._used_at -= 2 * sessions.RENEWED.total_seconds()
    return visitor


def test_asking_in_a_tab_is_use_and_leaving_it_open_is_not(visitor: Visitor) -> None:
    age(days=5, left=9)

    visitor.present()
    assert 8.9 < days_left() <= 9
    visitor.member()

    assert 13.9 < days_left() <= 14
    assert visitor.member().username == "ada"
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    with pytest.raises(SignedOut):
        visitor.present()


def of_an_older_version(client: Client) -> None:
    """As if the site had just learned to prefix its cookies."""
    key = client.session.session_key
    store = SessionStore(key)
    data = {name: value for name, value in store.items() if name != BEGAN}
    Session.objects.update(session_data=store.encode(data))


def test_nobody_is_signed_out_by_the_new_name_of_the_cookie(signed_in: Client, settings: Any) -> None:
    of_an_older_version(signed_in)
    settings.SESSION_COOKIE_NAME = "__Host-sessionid"

    assert is_in(signed_in)

    assert signed_in.cookies["__Host-sessionid"].value == signed_in.cookies["sessionid"].value
    del signed_in.cookies["sessionid"]
    assert is_in(signed_in)


def test_under_the_old_name_no_session_can_be_planted(signed_in: Client, settings: Any) -> None:
    settings.SESSION_COOKIE_NAME = "__Host-sessionid"

    assert not is_in(signed_in), "it was made when the cookie had its new name"


def test_who_has_not_signed_in_has_a_session_like_djangos(client: Client) -> None:
    store = SessionStore()
    store["planted"] = 1
    store.save()

    assert SESSION_KEY not in store
    assert 29.9 < days_left() <= 30
    Session.objects.update(expire_date=datetime(2020, 1, 1, tzinfo=timezone.get_default_timezone()))
    call_command("clearsessions")
    assert not Session.objects.exists()
