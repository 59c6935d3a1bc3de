"""What people are told of the reading of their conversations, on their own page and above the chat."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from conversations.keeping.rules import SIGNAL
from conversations.live.broadcasts import hub
from conversations.models import AccessKind, AccessRecord, Conversation, SiteSettings, User
from conversations.review.reading import open_for
from tests.unit.views.people import conversation_of, person


@pytest.fixture
def ada(db: None) -> User:
    return person("ada")


@pytest.fixture
def reader(db: None) -> User:
    return User.objects.create_superuser("rita <i>")


def page(client: Client, user: User, path: str = "/account/readings/") -> str:
    client.force_login(user)
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_owner_sees_who_read_what_when_and_why(client: Client, ada: User, reader: User) -> None:
    open_for(reader, conversation_of(ada, "Pumps"), "s", "A <complaint>")
    open_for(reader, conversation_of(ada, "Valves"), "s", "An audit", AccessKind.EXPORT)
    text = page(client, ada)
    for words in ("rita &lt;i&gt;", "Pumps", "A &lt;complaint&gt;", "Valves", "Exported", "An audit"):
        assert words in text
    assert "Pumps" not in page(client, person("eve"))


def test_a_deleted_conversation_is_named_without_a_link(client: Client, ada: User, reader: User) -> None:
    conversation = conversation_of(ada, "Pumps")
    open_for(reader, conversation, "s", "An audit")
    key = conversation.pk
    Conversation.objects.filter(pk=key).delete()
    text = page(client, ada)
    assert "Pumps" in text
    assert str(key) not in text


def test_what_is_told_later_is_not_there_yet(client: Client, ada: User, reader: User) -> None:
    SiteSettings.load()
    SiteSettings.objects.update(reading_told_after=48)
    open_for(reader, conversation_of(ada, "Pumps"), "s", "An audit")
    text = page(client, ada)
    assert AccessRecord.objects.count() == 1
    assert "Pumps" not in text.partition('id="sidebar"')[0]
    assert "48 hours later" in text


def test_the_line_above_the_chat_follows_the_settings(client: Client, ada: User) -> None:
    assert '<span data-readers="owner" hidden>' in page(client, ada, "/")
    SiteSettings.load()
    SiteSettings.objects.update(reading_enabled=False)
    assert '<span data-readers="owner">' in page(client, ada, "/")


def test_open_tabs_are_told_of_a_change(
    django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    settings = SiteSettings.load()
    told: list[str] = []
    monkeypatch.setattr(hub, "call_soon", told.append)
    settings.reading_enabled = False
    with django_capture_on_commit_callbacks(execute=True):
        settings.save()
    assert told == [SIGNAL]
