"""Temporary chats: until when they are kept, what removes them, and everything that they are not in."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conversations.exports.request import ExportRequest
from conversations.exports.rights import Reader
from conversations.generation import asking
from conversations.generation.engine import engine
from conversations.generation.entries import changed_event
from conversations.keeping import temporary
from conversations.keeping.purging import purge
from conversations.keeping.temporary import Presence
from conversations.live.broadcasts import Hub, hub
from conversations.live.protocol.commands import Ask
from conversations.models import Change, Conversation, Hold, Message, PurgeReport, User
from conversations.models.conversation import Refused
from conversations.models.lease import Lease
from conversations.review.reading import may_read
from conversations.search import search_conversations
from conversations.tasks import close_threads, write
from tests.unit.access.people import groups
from tests.unit.access.people import person as of_group
from tests.unit.exports.replaying import Follower
from tests.unit.keeping.test_trash import Program
from tests.unit.views.people import conversation_of, person, say, talk

pytestmark = [pytest.mark.django_db(transaction=True)]
MODEL = ("eliza", "eliza")


@pytest.fixture
def ada() -> Iterator[User]:
    yield person("ada")
    close_threads()


def left_of(conversation: Conversation) -> float:
    """Seconds."""
    until = Conversation.objects.get(pk=conversation.pk).temporary_until
    assert until is not None
    return (until - timezone.now()).total_seconds()


def chat_of(owner: User, seconds: float = 900) -> Conversation:
    return conversation_of(owner, "", temporary_until=timezone.now() + timedelta(seconds=seconds), model_name="tiny")


def question(**values: Any) -> Ask:
    return Ask(client_id=uuid.uuid4(), conversation=uuid.uuid4(), text="Very secret", temporary=True, **values)


def test_a_first_question_makes_it_without_a_title_and_later_ones_put_it_off(ada: User) -> None:
    stored = asking._store_question(lambda: ada, question(), MODEL)
    made = Conversation.objects.get()
    assert (made.title, made.is_temporary, str(made)) == ("", True, "Temporary chat")
    assert stored.prompt
    assert not stored.prompt.wants_title
    Conversation.objects.update(temporary_until=timezone.now() + timedelta(seconds=5))
    Message.objects.update(state="complete")
    more = Ask(client_id=uuid.uuid4(), conversation=made.pk, parent=stored.reply.pk, text="More")
    asking._store_question(lambda: ada, more, MODEL)
    assert left_of(made) > 600
    assert Conversation.objects.get().title == ""


def test_it_costs_the_first_question_no_statement(ada: User, django_assert_num_queries: Any) -> None:
    conversation = chat_of(ada)
    with django_assert_num_queries(5):  # with the transaction's two, and none for a title
        conversation.ask(ada, uuid.uuid4(), "Question", None, Lease("a/1/1", 10))


def test_who_is_held_begins_none(ada: User) -> None:
    Hold.objects.create(owner=ada, reason="A lawsuit", placed_by="root")
    with pytest.raises(Refused, match="no_temporary"):
        asking._store_question(lambda: ada, question(), MODEL)
    assert not Conversation.objects.exists()
    assert "Temporary chat</button>" not in signed_in(ada).get("/").text


async def test_tabs_put_it_off_and_the_last_one_that_is_closed_lets_it_go(ada: User) -> None:
    chat = await write(chat_of, ada, 10)
    presence = Presence()
    first, second = object(), object()
    for tab in (first, second):
        presence.enter(tab, chat.pk)
    await write(temporary.postpone, presence.chats)
    assert await write(left_of, chat) > 600
    presence.leave(first, is_closed=True)
    assert presence.chats == [chat.pk]
    presence.leave(second, is_closed=False)
    assert presence.chats == []
    assert await write(left_of, chat) > 600, "its connection was lost, and may come back"
    await write(temporary.shorten, chat.pk)
    assert await write(left_of, chat) <= 60
    await write(temporary.postpone, [chat.pk])
    assert await write(left_of, chat) > 600, "another process has a tab of it"


async def test_what_is_over_is_removed_with_all_that_it_had_and_tells_its_owner(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    stopped: list[int] = []

    async def publish(_hub: Hub, topic: str, event: Any) -> None:
        told.append((topic, event.conversation, event.deleted))

    monkeypatch.setattr(Hub, "publish", publish)
    over, open_one = await write(chat_of, ada, -1), await write(chat_of, ada)
    await write(talk, over, 3)
    await write(say, open_one, "Here")
    running = await write(Message.objects.filter(conversation=over).last)
    assert running is not None
    await write(Message.objects.filter(pk=running.pk).update, state="streaming")

    assert await temporary.sweep(hub, stopped.append) == 1

    assert stopped == [running.pk]
    assert told == [(f"user.{ada.pk}", over.pk, True)]
    assert await write(list, Message.objects.values_list("content", flat=True)) == ["Here"]
    assert await write(PurgeReport.objects.count) == 0
    assert await write(Change.objects.count) == 0
    await write(list, purge())
    assert await write(Conversation.objects.count) == 1


def test_it_is_in_no_list_search_export_feed_or_review(ada: User) -> None:
    chat, ordinary = chat_of(ada), conversation_of(ada, "Ordinary")
    talk(chat, 2)
    said = say(ordinary, "Question of the ordinary one")
    groups()
    reviewer = of_group("administrator")
    assert reviewer is not None
    staff = signed_in(reviewer)
    assert changed_event(chat.pk) is None
    for reader in (Reader(ada), Reader(reviewer, "all", "because")):
        assert list(ExportRequest(whose=reader.whose, reason="because").found_for(reader)) == [ordinary]
    assert sorted(line.kind for line in Follower(Reader(ada)).follow()) == ["conversation", "message"]
    listed = staff.get("/admin/conversations/conversation/?q=question").text
    assert (str(ordinary.pk) in listed, str(chat.pk) in listed) == (True, False)
    assert str(chat.pk) not in staff.get("/admin/conversations/message/").text
    assert staff.get(f"/admin/conversations/conversation/{chat.pk}/change/").status_code == 404
    assert (may_read(reviewer, ordinary), may_read(reviewer, chat), may_read(ada, chat)) == (True, False, True)
    page = signed_in(ada).get("/").text
    assert (str(ordinary.pk) in page, str(chat.pk) in page) == (True, False)
    program = Program(ada)
    assert [each["id"] for each in program("GET", "conversations")[1]["items"]] == [str(ordinary.pk)]
    assert program("GET", f"conversations/{chat.pk}/transcript.json")[0] == 404
    assert program("GET", f"conversations/{chat.pk}")[1]["temporary"] is True
    assert set(search_conversations("question", Conversation.objects.lasting(), 5).hits) == {said.conversation_id}


def test_keeping_it_makes_it_ordinary_and_the_feed_tells_all_of_it(ada: User) -> None:
    chat = chat_of(ada)
    follower = Follower(Reader(ada))
    messages = talk(chat, 3)
    messages[2].trash()
    assert follower.follow() == []
    client, bob = signed_in(ada), signed_in(person("bob"))
    page = client.get(f"/c/{chat.pk}/").text
    assert "data-temporary" in page
    assert "deleted 1 minute after its last tab is closed" in page
    assert bob.post(f"/c/{chat.pk}/keep/").status_code == 404
    assert client.post(f"/c/{chat.pk}/keep/").status_code == 204
    assert client.post(f"/c/{chat.pk}/keep/").status_code == 204, "twice is harmless"
    chat.refresh_from_db()
    assert (chat.title, chat.is_temporary) == ("Question 0", False)
    assert sorted(line.kind for line in follower.follow()) == ["conversation", "message", "message"]
    assert "data-temporary" not in client.get(f"/c/{chat.pk}/").text


def test_deleting_it_is_for_good(ada: User) -> None:
    chat = chat_of(ada)
    assert Program(ada)("DELETE", f"conversations/{chat.pk}") == (204, None)
    assert not Conversation.objects.trashed_by(ada).exists()
    assert Conversation.objects.temporary_and_over().get() == chat


def test_programs_make_one_and_keep_it(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.registry, "default_model", lambda: MODEL)
    headers = {"Authorization": f"Bearer {Program(ada).secret}"}

    def ask(method: str, path: str, body: object) -> tuple[int, Any]:
        answer = Client().generic(
            method, f"/api/v1/conversations{path}", json.dumps(body), "application/json", headers=headers
        )
        return answer.status_code, answer.json()

    status, made = ask("POST", "", {"temporary": True})
    assert (status, made["temporary"]) == (201, True)
    path = f"/{made['id']}"
    assert ask("PATCH", path, {"temporary": True})[1]["temporary"] is True
    assert ask("PATCH", path, {"temporary": False})[1]["temporary"] is False
    status, problem = ask("PATCH", path, {"temporary": True})
    assert (status, problem["errors"][0]["field"]) == (422, "temporary")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
