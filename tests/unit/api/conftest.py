"""The cast: alice has a conversation, charlie has none; nobody has asked too fast yet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conversations.api.limits import throttle
from conversations.models import Conversation, Message, User
from conversations.tasks import close_threads


@pytest.fixture(autouse=True)
def _threads(transactional_db: None) -> Iterator[None]:
    throttle.forget()
    yield
    close_threads()


@pytest.fixture
def alice(transactional_db: None) -> User:
    return User.objects.create_user("alice", "alice@example.org", "correct horse battery")


@pytest.fixture
def charlie(transactional_db: None) -> User:
    return User.objects.create_user("charlie", "charlie@example.org", "correct horse battery")


@pytest.fixture
def trains(alice: User) -> Conversation:
    made = Conversation.objects.create(owner=alice, title="Trains to Köln", model_name="tiny", backend_name="ollama")
    question = Message.objects.create(conversation=made, role="user", content="When?", sender=alice)
    reply = Message.objects.create(conversation=made, role="assistant", content="At *noon*.", parent=question)
    made.choose(reply.pk)
    return made
