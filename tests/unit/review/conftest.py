"""Whose conversation is read, and by whom."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from conversations.models import Conversation, Message, Role, User


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_user("olga", "olga@example.org")


@pytest.fixture
def reviewer(db: None) -> User:
    """May read and review, and nothing else."""
    user = User.objects.create_user("rita", "rita@example.org", is_staff=True)
    user.groups.add(Group.objects.get(name="Reviewers"))
    return user


@pytest.fixture
def talk(owner: User) -> Conversation:
    """A question with two replies, the second one chosen."""
    talk = Conversation.objects.create(owner=owner, title="Heat pumps", model_name="tiny")
    question = Message.objects.create(conversation=talk, role=Role.USER, content="How do they work?", sender=owner)
    for text in ("**First** answer", "**Second** answer"):
        reply = Message.objects.create(
            conversation=talk,
            parent=question,
            role=Role.ASSISTANT,
            content=text,
            model_name="tiny",
            backend_name="here",
        )
    talk.choose(reply.pk)
    return talk


@pytest.fixture
def reading(client: Client, reviewer: User) -> Client:
    """The reviewer's browser."""
    client.force_login(reviewer)
    return client
