"""A made-up site: as large as it was asked for, sound, the same again, and never mixed into a real one unasked."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count, F

from conversations.models import Conversation, Message, Rating, User
from conversations.models.exports import Change, triggers
from conversations.search import search

pytestmark = [pytest.mark.django_db]


def seed(*arguments: str) -> None:
    call_command("seed", "--conversations", "40", "--messages", "10", *arguments)


def test_it_is_as_large_as_asked_and_sound() -> None:
    seed()

    assert Conversation.objects.count() == 40
    assert 200 < Message.objects.count() < 700
    counted = Conversation.objects.annotate(found=Count("messages"))
    assert not counted.exclude(found=F("size")).exists()
    assert not Message.objects.exclude(parent=None).exclude(parent__conversation=F("conversation")).exists()
    assert not Rating.objects.exclude(user=F("conversation__owner")).exists()
    assert not User.objects.exclude(password="!").exists()


def test_it_is_searched_and_logged_like_any_other() -> None:
    seed()

    hits = search("river", Message.objects.all(), 500).hits
    assert {hit.message for hit in hits} >= set(
        Message.objects.filter(content__contains=" river ", role="user").values_list("pk", flat=True)
    )
    assert hits
    assert Change.objects.count() == Message.objects.count() + 40
    assert triggers.present(connection) == set(triggers.TRIGGERS)
    talk = Conversation.objects.earliest("created_at")
    said = Message.objects.create(conversation=talk, role="user", content="an unheard-of wumpus")
    assert [hit.message for hit in search("wumpus", Message.objects.all()).hits] == [said.pk]


def test_the_same_seed_makes_the_same_site_beside_another_one() -> None:
    seed("--seed", "7")
    first = list(Message.objects.order_by("pk").values_list("role", "state", "content"))
    with pytest.raises(CommandError, match="holds people"):
        seed("--seed", "7")
    Conversation.objects.all().delete()

    seed("--seed", "7", "--add")

    assert list(Message.objects.order_by("pk").values_list("role", "state", "content")) == first
    assert not Conversation.objects.annotate(found=Count("messages")).exclude(found=F("size")).exists()


def test_a_size_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(CommandError, match="from 2 to 10000"):
        call_command("seed", "--messages", "1")
