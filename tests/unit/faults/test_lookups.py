"""Filters that reach into other tables, changes that cross each other, and a new key while people are signed in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.db.models import Model
from django.db.models.signals import post_init
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from conversations.live.access import SignedOut, Visitor
from conversations.models import Conversation, User
from tests.unit.views.people import conversation_of, person

pytestmark = pytest.mark.django_db
LOOKUPS = {
    "owner__password__startswith": "md5",
    "user__password__startswith": "md5",
    "password__startswith": "md5",
    "conversation__owner__password__startswith": "md5",
    "_connector": "OR 1=1",
    "_negated": "1",
}


@pytest.fixture
def chief(client: Client) -> User:
    user = User.objects.create_superuser("chief", password="a long enough one")
    client.force_login(user)
    return user


def lists() -> Iterator[str]:
    for model in admin.site._registry:
        yield f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"


@pytest.mark.parametrize("lookup", LOOKUPS)
def test_no_list_of_the_administration_looks_into_other_tables(client: Client, chief: User, lookup: str) -> None:
    conversation_of(chief)
    for name in lists():
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(reverse(name), {lookup: LOOKUPS[lookup]})
        assert answer.status_code in (200, 302, 400, 403), name
        where = [query["sql"].partition(" WHERE ")[2] for query in asked.captured_queries]
        assert not [sql for sql in where if "password" in sql or "OR 1=1" in sql], name


@pytest.mark.parametrize("lookup", LOOKUPS)
def test_no_list_for_programs_does(client: Client, chief: User, lookup: str) -> None:
    conversation_of(chief)
    for address in ("/api/v1/conversations", "/api/v1/models"):
        answer = client.get(address, {lookup: LOOKUPS[lookup]})
        assert answer.status_code == 422 or answer.json() == client.get(address).json()


def test_who_renames_what_is_deleted_in_this_moment_does_not_bring_it_back(client: Client, chief: User) -> None:
    conversation = conversation_of(chief, title="Pumps")

    def delete(instance: Model, **rest: Any) -> None:
        """Somebody else's request, between reading and writing of this one's."""
        Conversation.objects.filter(pk=conversation.pk, trashed_at=None).update(trashed_at=timezone.now())

    post_init.connect(delete, sender=Conversation)
    try:
        answer = client.post(f"/c/{conversation.pk}/rename/", {"title": "Valves"})
    finally:
        post_init.disconnect(delete, sender=Conversation)
    assert answer.status_code in (204, 404)
    assert Conversation.objects.get(pk=conversation.pk).trashed_at is not None
    assert not Conversation.objects.visible_to(chief).exists()


def test_a_new_key_signs_nobody_out_as_long_as_the_old_one_is_among_the_fallbacks(settings: Settings) -> None:
    user, session = person("ada"), SessionStore()
    backend = settings.AUTHENTICATION_BACKENDS[0]
    session.update({SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: backend})
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    scope = {"headers": [(b"cookie", f"sessionid={session.session_key}".encode())]}
    old, settings.SECRET_KEY = settings.SECRET_KEY, "a new one" * 6
    settings.SECRET_KEY_FALLBACKS = [old]
    assert Visitor(scope).member() == user
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another one" * 6, []
    with pytest.raises(SignedOut):
        Visitor(scope).member()
