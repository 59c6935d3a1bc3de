"""The log of changes: every change is told once, and what was told is what there is."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import pytest
from django.db import connection
from django.utils import timezone

from conversations.exports.changes import Deleted, Edited, Head
from conversations.exports.changes.lines import Line
from conversations.exports.rights import ExportRefused, Reader
from conversations.models import AccessRecord, Change, Conversation, Message, SiteSettings, State, User
from conversations.models.exports import triggers
from conversations.models.lease import Lease
from tests.unit.exports.conftest import talk
from tests.unit.exports.replaying import Follower, stored_heads, stored_messages

pytestmark = [pytest.mark.django_db(transaction=True)]
LEASE = Lease("host/1/1", 10)


def told(lines: Sequence[Line]) -> list[tuple[str, int | None]]:
    """What was told, without the heads."""
    edited = [("edited", line.message.id) for line in lines if isinstance(line, Edited)]
    return edited + [("deleted", line.message) for line in lines if isinstance(line, Deleted)]


def test_from_empty_everything_is_told_once_parents_first(own: Reader, trains: Conversation) -> None:
    follower = Follower(own)
    lines = follower.follow()
    first, second = Message.objects.order_by("pk")
    assert told(lines) == [("edited", first.pk), ("edited", second.pk)]
    assert [line.head.title for line in lines if isinstance(line, Head)] == ["Trains to Köln"]
    assert (follower.heads, follower.messages) == (stored_heads(), stored_messages())
    assert follower.follow() == []


def test_a_running_reply_is_told_when_it_has_its_end_and_again_when_it_was_continued(own: Reader) -> None:
    follower = Follower(own)
    conversation = Conversation.objects.create(owner=own.user)
    reply = conversation.ask(own.user, uuid.uuid4(), "Hello", None, LEASE).reply
    assert [line.message.content for line in follower.follow() if isinstance(line, Edited)] == ["Hello"]
    running = Message.objects.filter(pk=reply.pk)
    running.update(state=State.STREAMING, content="He", metrics={"tokens": 1})
    running.update(content="Hel", lease_until=None)
    assert follower.follow() == []
    running.update(state=State.STOPPED, content="Hell")
    assert told(follower.follow()) == [("edited", reply.pk)]
    reply.refresh_from_db()
    assert conversation.resume(reply, LEASE)
    running.update(state=State.STREAMING, content="Hello ")
    assert told(follower.follow()) == []
    running.update(state=State.COMPLETE, content="Hello you", lease="")
    assert told(follower.follow()) == [("edited", reply.pk)]
    assert follower.messages == stored_messages()


def test_what_goes_to_the_trash_while_it_is_written_on_is_told_as_deleted(own: Reader, trains: Conversation) -> None:
    """On PostgreSQL somebody may go on with a reply in the moment in which somebody else deletes it."""
    follower = Follower(own)
    follower.follow()
    reply = Message.objects.filter(role="assistant")
    reply.update(state=State.STREAMING)
    reply.update(trashed_at=timezone.now())
    assert told(follower.follow()) == [("deleted", reply.get().pk)]
    reply.update(state=State.COMPLETE)
    assert follower.follow() == []
    assert follower.messages == stored_messages()


def test_what_only_the_site_needs_is_no_change(own: Reader, trains: Conversation) -> None:
    follower = Follower(own)
    follower.follow()
    reply = Message.objects.get(role="assistant")
    assert reply.rendered()
    Message.objects.filter(pk=reply.pk).update(lease="", content=reply.content)
    trains.rename(trains.title)
    assert follower.follow() == []


def test_what_changed_twice_since_is_told_once_at_its_last_place(own: Reader, trains: Conversation) -> None:
    first, second = Message.objects.order_by("pk")
    Message.objects.filter(pk=first.pk).update(content="When?!")
    follower = Follower(own, limit=1)
    assert told(follower.follow()) == [("edited", second.pk), ("edited", first.pk)]
    assert follower.messages == stored_messages()


def test_the_trash_deletes_and_restoring_tells_all_again(own: Reader, trains: Conversation) -> None:
    follower = Follower(own)
    follower.follow()
    first, second = Message.objects.order_by("pk")
    second.trash()
    assert told(follower.follow()) == [("deleted", second.pk)]
    trains.trash()
    assert sorted(told(follower.follow()), key=str) == sorted([("deleted", None), ("deleted", first.pk)], key=str)
    assert (follower.heads, follower.messages) == ({}, {})
    trains.restore()
    assert told(follower.follow()) == [("edited", first.pk)]
    Message.objects.get(pk=second.pk).restore()
    assert told(follower.follow()) == [("edited", second.pk)]
    assert (follower.heads, follower.messages) == (stored_heads(), stored_messages())


def test_a_cascade_is_seen_and_a_purge_of_the_trash_tells_nothing_new(own: Reader, trains: Conversation) -> None:
    second = talk(own.user, "Boats", "Where?")
    follower = Follower(own)
    follower.follow()
    trains.trash()
    follower.follow()
    trains.delete()
    assert follower.follow() == []
    question = second.leaf_id
    second.delete()
    assert told(follower.follow()) == [("deleted", question), ("deleted", None)]


def test_a_statement_that_django_knows_nothing_of_is_seen(own: Reader, trains: Conversation) -> None:
    follower = Follower(own)
    follower.follow()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE conversations_message SET content = 'raw' WHERE role = 'assistant'")
        cursor.execute("DELETE FROM conversations_conversation WHERE title = 'nobody’s'")
    assert [line.message.content for line in follower.follow() if isinstance(line, Edited)] == ["raw"]


def test_nobody_is_told_of_what_is_anothers(own: Reader, charlie: User, trains: Conversation) -> None:
    assert Follower(Reader(charlie)).follow() == []
    follower = Follower(own)
    follower.follow()
    Conversation.objects.filter(pk=trains.pk).update(owner=charlie)
    Message.objects.filter(role="user").update(content="charlie’s secret")
    assert not any(isinstance(line, Edited) for line in Follower(own).follow())


def test_all_is_told_with_the_right_and_a_reason_and_recorded_once_a_sitting(
    own: Reader, eve: User, trains: Conversation
) -> None:
    talk(eve, "Eve’s own", "Hm")
    reader = Reader(eve, "all", "quality check", "today")
    follower = Follower(reader, limit=2)
    follower.follow()
    assert (follower.heads, follower.messages) == (stored_heads(), stored_messages())
    trains.rename("Trains")
    follower.follow()
    record = AccessRecord.objects.get()
    assert (record.owner, record.reader, record.kind, record.reason) == (own.user, eve, "export", "quality check")


@pytest.mark.parametrize("reason", ["", "  ", "x" * 301])
def test_all_needs_a_reason(eve: User, reason: str) -> None:
    with pytest.raises(ExportRefused):
        Follower(Reader(eve, "all", reason)).follow()


def test_all_needs_the_right_and_that_reading_is_on(own: Reader, eve: User, trains: Conversation) -> None:
    with pytest.raises(ExportRefused, match="not_allowed"):
        Follower(Reader(own.user, "all", "curious")).follow()
    SiteSettings.load()
    SiteSettings.objects.update(reading_enabled=False)
    with pytest.raises(ExportRefused, match="switched_off"):
        Follower(Reader(eve, "all", "curious")).follow()
    assert not AccessRecord.objects.exists()


def test_the_triggers_are_put_back_where_a_table_was_made_anew(own: Reader, trains: Conversation) -> None:
    triggers.remove(connection)
    assert triggers.present(connection) == set()
    triggers.install(connection)
    assert triggers.present(connection) == set(triggers.TRIGGERS)
    Change.objects.all().delete()
    triggers.log_all(connection)
    follower = Follower(own)
    follower.follow()
    assert (follower.heads, follower.messages) == (stored_heads(), stored_messages())


def test_compacting_the_log_changes_nothing_for_who_follows(own: Reader, trains: Conversation) -> None:
    follower = Follower(own)
    follower.follow()
    for title in "abcdef":
        trains.rename(title)
    Message.objects.filter(role="user").delete()
    before = Change.objects.count()
    assert Change.objects.compact(3) == 3
    assert Change.objects.compact(1000) > 0
    assert Change.objects.count() < before
    assert Change.objects.compact(1000) == 0
    late = Follower(own)
    for each in (follower, late):
        each.follow()
        assert (each.heads, each.messages) == (stored_heads(), stored_messages())
