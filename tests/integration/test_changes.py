"""The log of changes on a real PostgreSQL: transactions that end in another order than they began lose nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction

from conversations.exports.rights import Reader
from conversations.models import Change, Conversation, Message, State, User
from conversations.models.conversation import Refused
from conversations.models.message import RUNNING
from tests.unit.exports.replaying import Follower, stored_heads, stored_messages
from tests.unit.exports.test_replay import LEASE, VERBS, Writer

pytestmark = [pytest.mark.django_db(transaction=True)]
WRITERS, WRITES = 2, 60
PATIENCE = 60.0


@pytest.fixture
def alice(transactional_db: None) -> Iterator[User]:
    Change.objects.all().delete()
    yield User.objects.create_user("alice")
    connections.close_all()


class Beside(threading.Thread):
    """Work on a connection of its own. `done` raises what went wrong there."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self.work = work
        self.fault: BaseException | None = None

    def run(self) -> None:
        try:
            self.work()
        except BaseException as fault:
            self.fault = fault
            raise
        finally:
            connections.close_all()

    def done(self) -> None:
        self.join(PATIENCE)
        assert not self.is_alive()
        assert self.fault is None


def test_what_began_first_and_is_committed_last_is_not_passed_over(alice: User) -> None:
    """On SQLite the second waits for the first; on PostgreSQL it overtakes it."""
    talk = Conversation.objects.create(owner=alice, title="one")
    other = Conversation.objects.create(owner=alice, title="two")
    follower = Follower(Reader(alice))
    follower.follow()
    has_written, may_commit = threading.Event(), threading.Event()

    def late() -> None:
        with transaction.atomic():
            Message.objects.create(conversation=talk, role="user", content="first")
            has_written.set()
            assert may_commit.wait(PATIENCE)

    slow = Beside(late)
    slow.start()
    assert has_written.wait(PATIENCE)
    try:
        if connection.vendor == "postgresql":
            Message.objects.create(conversation=other, role="user", content="second")
            assert follower.follow() == []  # settled is only what nothing can come before
    finally:
        may_commit.set()
        slow.done()
    if connection.vendor != "postgresql":
        Message.objects.create(conversation=other, role="user", content="second")
    assert [line.kind for line in follower.follow()] == ["message", "message"]
    assert [text for *_rest, text in follower.messages.values()] == ["first", "second"]
    assert follower.follow() == []


def test_who_asks_while_the_branch_is_deleted_hangs_nothing_below_it(alice: User) -> None:
    """Who comes second waits for the first, then sees what it did."""
    talk = Conversation.objects.create(owner=alice)
    reply = talk.ask(alice, uuid4(), "first", None, LEASE).reply
    Message.objects.filter(pk=reply.pk).update(state=State.COMPLETE)
    has_checked, may_go_on = threading.Event(), threading.Event()

    def ask() -> None:
        with transaction.atomic():
            found = Conversation.objects.to_grow(alice, talk.pk)
            assert found
            has_checked.set()
            assert may_go_on.wait(PATIENCE)
            found.ask(alice, uuid4(), "second", reply.pk, LEASE)

    asking, deleting = Beside(ask), Beside(Message.objects.select_related("conversation").get(pk=reply.pk).trash)
    asking.start()
    assert has_checked.wait(PATIENCE)
    deleting.start()
    deleting.join(0.5)  # as far as it comes
    may_go_on.set()
    asking.done()
    deleting.done()
    talk.refresh_from_db()
    shown = Message.objects.filter(conversation=talk, trashed_at=None)
    assert [(message.content, message.pk) for message in shown] == [("first", talk.leaf_id)]


def test_who_answers_again_while_the_question_is_deleted_answers_nothing(alice: User) -> None:
    talk = Conversation.objects.create(owner=alice)
    said = talk.ask(alice, uuid4(), "first", None, LEASE).said
    reply = Message.objects.get(role="assistant")
    assert said
    has_deleted, may_go_on = threading.Event(), threading.Event()

    def delete() -> None:
        with transaction.atomic():
            Message.objects.select_related("conversation").get(pk=said.pk).trash()
            has_deleted.set()
            assert may_go_on.wait(PATIENCE)

    def answer() -> None:
        with transaction.atomic():
            found = Conversation.objects.to_grow(alice, talk.pk)
            assert found
            with pytest.raises(Refused, match="not_found"):
                found.answer_again(alice, uuid4(), reply, LEASE)

    deleting, answering = Beside(delete), Beside(answer)
    deleting.start()
    assert has_deleted.wait(PATIENCE)
    answering.start()
    answering.join(0.5)  # as far as it comes
    may_go_on.set()
    deleting.done()
    answering.done()
    assert not Message.objects.filter(trashed_at=None).exists()


def test_who_follows_two_writers_at_once_has_the_database_in_the_end(alice: User) -> None:
    for _ in range(WRITERS):
        Conversation.objects.create(owner=alice)
    follower = Follower(Reader(alice), limit=5)

    def write(seed: int) -> None:
        chance = Random(seed)
        writer = Writer(User.objects.get(pk=alice.pk), chance)
        for _ in range(WRITES):
            writer.do(chance.choice([each for each in VERBS if each not in ("follow", "purge")]))

    writers = [Beside(partial(write, seed)) for seed in range(WRITERS)]
    for each in writers:
        each.start()
    while any(each.is_alive() for each in writers):
        follower.follow()
    for each in writers:
        each.done()
    Message.objects.filter(state__in=RUNNING).update(state=State.INTERRUPTED)
    late = Follower(Reader(alice), limit=100)
    for one in (follower, late):
        one.follow()
        assert (one.heads, one.messages) == (stored_heads(), stored_messages())
        assert one.follow() == []
