"""Lists are paged by place, not by number: what is written meanwhile moves nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from django.utils import timezone

from conversations.api.cursors import Cursor
from conversations.models import Conversation, Message, User
from tests.unit.api.program import LIST, fetch, signed_in

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def several(owner: User, count: int) -> list[Conversation]:
    made = [
        # Two at a time are of the same moment: their numbers decide.
        Conversation(owner=owner, title=str(n), updated_at=NOON - timedelta(minutes=n // 2))
        for n in range(count)
    ]
    Conversation.objects.bulk_create(made)
    return sorted(made, key=lambda one: (one.updated_at, one.pk), reverse=True)


def test_pages_have_every_conversation_once_newest_activity_first(alice: User, charlie: User) -> None:
    wanted, client = several(alice, 7), signed_in(alice)
    several(charlie, 3)

    found, cursor = [], ""
    while cursor is not None:
        page = fetch(client, f"{LIST}?limit=3&cursor={cursor}").value
        found += [one["title"] for one in page["items"]]
        cursor = page["next"]
    assert found == [one.title for one in wanted]


def test_writes_between_pages_move_nothing(alice: User) -> None:
    wanted, client = several(alice, 6), signed_in(alice)
    first = fetch(client, f"{LIST}?limit=3").value
    Conversation.objects.create(owner=alice, title="new")
    wanted[0].trash()
    Conversation.objects.filter(pk=wanted[1].pk).update(updated_at=timezone.now())

    second = fetch(client, f"{LIST}?limit=3&cursor={first['next']}").value
    assert [one["title"] for one in second["items"]] == [one.title for one in wanted[3:]]
    assert second["next"] is None


def test_an_entry_tells_model_times_and_whether_it_is_generating(alice: User, trains: Conversation) -> None:
    Message.objects.create(conversation=trains, role="assistant", state="streaming")

    entry = fetch(signed_in(alice), LIST).value["items"][0]
    assert {**entry, "created_at": "", "updated_at": ""} == {
        "id": str(trains.pk),
        "title": "Trains to Köln",
        "created_at": "",
        "updated_at": "",
        "backend": "ollama",
        "model": "tiny",
        "generating": True,
        "temporary": False,
    }
    assert datetime.fromisoformat(entry["updated_at"]) == Conversation.objects.get().updated_at


def test_a_cursor_keeps_its_place_exactly() -> None:
    cursor = Cursor(NOON + timedelta(microseconds=7), uuid4())

    assert Cursor.decode(cursor.encode()) == cursor
