"""Conversations to be listed, and who lists them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conversations.models import Conversation, Message, Role, User

Talk = Callable[..., Conversation]


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob", "bob@example.org")


@pytest.fixture
def rita(client: Client) -> User:
    """A reviewer, signed in."""
    user = User.objects.create_user("rita", is_staff=True)
    user.groups.add(Group.objects.get(name="Reviewers"))
    client.force_login(user)
    return user


@pytest.fixture
def talk(bob: User) -> Talk:
    """A conversation of a question and an answer; each one later than the one before."""
    made = 0

    def make(title: str, answer: str = "", *, values: dict[str, Any] | None = None, **fields: Any) -> Conversation:
        nonlocal made
        made += 1
        moment = timezone.now() - timedelta(days=1) + timedelta(minutes=made)
        fields = {"owner": bob, "model_name": "tiny", "backend_name": "ollama", "updated_at": moment, **fields}
        found = Conversation.objects.create(title=title, **fields)
        asked = Message.objects.create(conversation=found, role=Role.USER, content=f"Question {title}")
        reply = Message.objects.create(
            conversation=found, parent=asked, role=Role.ASSISTANT, content=answer, model_name="tiny", **(values or {})
        )
        found.choose(reply.pk)
        return found

    return make


@pytest.fixture
def listed(client: Client) -> Callable[..., list[str]]:
    """The titles of a page of the list."""

    def titles(**query: Any) -> list[str]:
        answer = client.get(reverse("admin:conversations_conversation_changelist"), query)
        assert answer.status_code == 200, answer.context["form"].errors
        return [row.title for row in answer.context["page"].rows]

    return titles
