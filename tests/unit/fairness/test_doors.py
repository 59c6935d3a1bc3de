"""Quotas at the doors: what a program, the account page and an administrator see of them."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import AsyncClient, Client
from django.urls import reverse

from conversations.generation.engine import engine
from conversations.generation.fairness.quotas import known
from conversations.ids import uuid7
from conversations.models import Conversation, Quota, Usage, User
from tests.unit.api.program import fetch, key

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", "", "correct horse battery")


@pytest.fixture
def boss(client: Client) -> User:
    made = User.objects.create_superuser("boss", "", "correct horse battery")
    client.force_login(made)
    return made


def day(used: int, warn_from: int | None, limit: int | None) -> dict[str, int | None]:
    return {"used": used, "warn_from": warn_from, "limit": limit}


@pytest.mark.django_db(transaction=True)
def test_a_program_is_refused_with_the_time_to_wait(async_client: AsyncClient, ada: User) -> None:
    Quota.objects.create(user=ada, messages_hard=1, tokens_soft=10)
    Usage.objects.add(ada.pk, 1, 12)
    known.forget()
    secret = key(ada)
    model = engine.registry.default_model()
    body = {"client_id": str(uuid.uuid4()), "text": "hello", "model": {"backend": "eliza", "name": "eliza-en"}}
    answer = fetch(async_client, f"/api/v1/conversations/{uuid7()}/messages", "POST", body, Authorization=secret)

    assert model is not None
    assert (answer.status, answer.value["code"]) == (429, "quota_messages")
    assert 0 < int(answer.headers["Retry-After"]) <= 25 * 60 * 60
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not Conversation.objects.exists()
    me = fetch(async_client, "/api/v1/me", Authorization=secret).value["quota"]
    assert (me["messages"], me["tokens"]) == (day(1, 1, 1), day(12, 10, None))
    assert "T00:00:00" in me["resets_at"]


def test_the_account_page_says_what_is_used(client: Client, ada: User) -> None:
    client.force_login(ada)
    Usage.objects.add(ada.pk, 12, 3400)
    page = client.get(reverse("account")).content.decode()
    assert "<dd>12</dd>" in page
    Quota.objects.create(user=ada, messages_hard=12, tokens_soft=3000)
    page = client.get(reverse("account")).content.decode()
    assert "12 of 12" in page
    assert 'data-level="spent"' in page
    assert "3,400, of 3,000 that the site asks to keep to" in page
    assert re.search(r'anew at <time datetime="[^"]+T00:00:00\+00:00" data-shows="time">midnight UTC</time>', page)


def test_an_administrator_sets_them_and_is_told_what_cannot_be(client: Client, boss: User, ada: User) -> None:
    add = reverse("admin:conversations_quota_add")
    few = Group.objects.create(name="few")
    form: dict[str, Any] = {"group": few.pk, "messages_hard": "50", "messages_soft": "60"}
    assert "This is more than is allowed at all." in client.post(add, form).content.decode()
    both = client.post(add, {**form, "messages_soft": "40", "user": ada.pk}).content.decode()
    assert "Choose a person or a group, not both." in both
    assert client.post(add, {**form, "messages_soft": "40"}).status_code == 302
    assert client.post(add, {"messages_hard": "5"}).status_code == 302
    assert "There is a quota for everybody already." in client.post(add, {"messages_hard": "6"}).content.decode()
    page = client.get(reverse("admin:conversations_quota_changelist")).content.decode()
    assert ">few<" in page
    assert ">Everybody<" in page
    ada.groups.add(few)
    assert known.of(ada.pk).messages.hard == 50


def test_what_was_used_is_seen_and_not_changed(client: Client, boss: User, ada: User) -> None:
    Usage.objects.add(ada.pk, 12, 3400)
    page = client.get(reverse("admin:conversations_usage_changelist"))
    assert "3400" in page.content.decode().replace(",", "")
    assert client.get(reverse("admin:conversations_usage_add")).status_code == 403
    assert client.post(reverse("admin:conversations_usage_delete", args=[Usage.objects.get().pk])).status_code == 403
