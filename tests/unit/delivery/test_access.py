"""Who sits at a socket: a look at the rows is enough while they stay the same; any change is seen at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from conversations.live.access import SignedOut, Visitor
from conversations.models import User

pytestmark = [pytest.mark.django_db]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def sit_down(user: User) -> Visitor:
    session = SessionStore()
    session.update(
        {SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: BACKEND, HASH_SESSION_KEY: user.get_session_auth_hash()}
    )
    session.save()
    return Visitor({"headers": [(b"cookie", f"sessionid={session.session_key}".encode())]})


@pytest.fixture
def visitor() -> Visitor:
    visitor = sit_down(User.objects.create_user("ada", password="correct horse"))
    for _ in range(3):  # the first finds out who it is, the second remembers the rows
        visitor.member()
    return visitor


def sign_out() -> None:
    SessionStore(Session.objects.get().pk).flush()


def expire() -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))


def change_the_password() -> None:
    user = User.objects.get()
    user.set_password("another horse")
    user.save()


def switch_off() -> None:
    User.objects.update(is_active=False)


def withdraw_the_approval() -> None:
    User.objects.update(is_approved=False)


def delete() -> None:
    User.objects.all().delete()


def empty_the_session() -> None:
    session = SessionStore(Session.objects.get().pk)
    session.clear()
    session.save()


def forge_the_session() -> None:
    Session.objects.update(session_data="e30:forged:data")


@pytest.mark.parametrize(
    "way",
    [
        sign_out,
        expire,
        change_the_password,
        switch_off,
        withdraw_the_approval,
        delete,
        empty_the_session,
        forge_the_session,
    ],
)
def test_the_next_look_sees_every_way_out(visitor: Visitor, way: Callable[[], None]) -> None:
    way()

    for _ in range(3):
        with pytest.raises(SignedOut):
            visitor.member()


def test_who_is_let_in_again_comes_in_again(visitor: Visitor) -> None:
    switch_off()
    with pytest.raises(SignedOut):
        visitor.member()

    User.objects.update(is_active=True)

    assert visitor.member().username == "ada"


def test_nothing_remembered_is_older_than_the_rows(visitor: Visitor) -> None:
    User.objects.update(first_name="Augusta")

    assert visitor.member().first_name == "Augusta"


def test_a_session_that_was_given_to_another_is_theirs(visitor: Visitor) -> None:
    other = User.objects.create_user("bob")
    session = SessionStore(Session.objects.get().pk)
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(other.pk), other.get_session_auth_hash()
    session.save()

    assert [visitor.member().username for _ in range(3)] == ["bob"] * 3


def test_one_query_is_enough_while_nothing_changes(
    visitor: Visitor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert visitor.member().username == "ada"
