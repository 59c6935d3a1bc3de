"""The cast: alice has a conversation, charlie none, eve may export everybody's; the log is empty before them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Permission

from conversations.api.limits import throttle
from conversations.exports.rights import Reader
from conversations.models import Change, Conversation, Message, User
from conversations.tasks import close_threads


@pytest.fixture(autouse=True)
def _threads(transactional_db: None) -> Iterator[None]:
    Change.objects.all().delete()  # SQLite logs how the test before was cleared away
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
def eve(transactional_db: None) -> User:
    user = User.objects.create_user("eve", "eve@example.org", "correct horse battery", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="export_conversation"))
    return User.objects.get(pk=user.pk)  # Django keeps what somebody may do


@pytest.fixture
def trains(alice: User) -> Conversation:
    return talk(alice, "Trains to Köln", "When?", "At *noon*.")


@pytest.fixture
def own(alice: User) -> Reader:
    return Reader(alice)


def talk(owner: User, title: str, *texts: str) -> Conversation:
    """A conversation of one path, questions and replies in turn."""
    made = Conversation.objects.create(owner=owner, title=title, model_name="tiny", backend_name="ollama")
    leaf = None
    for number, text in enumerate(texts):
        role = "assistant" if number % 2 else "user"
        leaf = Message.objects.create(
            conversation=made, role=role, content=text, parent_id=leaf, sender=owner, model_name="tiny"
        ).pk
    made.choose(leaf)
    return made
