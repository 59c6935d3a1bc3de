"""Behind a test with real transactions the database is as before it, on both databases."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import TransactionTestCase

from conversations.models import Backend, Conversation, Message, User
from conversations.models.exports import triggers

pytestmark = pytest.mark.django_db(transaction=True)


def end() -> None:
    """What pytest-django calls behind each such test."""
    TransactionTestCase._fixture_teardown(TransactionTestCase())  # type: ignore[attr-defined]


def indexed() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM conversations_message_search")
        return int(cursor.fetchone()[0])


def test_nothing_is_left_of_what_it_wrote() -> None:
    alice = User.objects.create_user("alice")
    talk = Conversation.objects.create(owner=alice, title="Trains")
    Message.objects.create(conversation=talk, role="user", content="When?", sender=alice)
    assert indexed() == 1
    end()
    assert not User.objects.exists()
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()
    assert indexed() == 0


def test_what_was_there_before_is_there_again() -> None:
    rights = {group.name: group.permissions.count() for group in Group.objects.all()}
    servers = set(Backend.objects.values_list("name", flat=True))
    assert min(rights.values()) > 1
    assert servers
    Group.objects.get(name="Reviewers").permissions.clear()
    Group.objects.create(name="Guests")
    Backend.objects.all().delete()
    triggers.remove(connection)
    end()
    assert {group.name: group.permissions.count() for group in Group.objects.all()} == rights
    assert set(Backend.objects.values_list("name", flat=True)) == servers
    assert triggers.are_there(connection)
