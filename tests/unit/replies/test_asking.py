"""What a person may begin, and what a question leaves in the database: all of it, once, or nothing."""

from __future__ import annotations

import uuid
from typing import Any
from uuid import UUID

import pytest

from conversations.generation import asking, prompt
from conversations.generation.engine import engine
from conversations.ids import uuid7
from conversations.live.broadcasts import Hub
from conversations.live.protocol.commands import Ask, Edit, ModelChoice, Regenerate
from conversations.models import Conversation, Message, SiteSettings, State, User
from conversations.models.conversation import Refused

pytestmark = [pytest.mark.django_db]
MODEL = ("ollama", "tiny")


@pytest.fixture
def alice() -> User:
    return User.objects.create(username="alice")


def question(conversation: UUID, text: str = "hello", **values: Any) -> Ask:
    return Ask(**{"client_id": uuid.uuid4(), "conversation": conversation, "text": text, **values})


def put(who: User, command: Ask, model: tuple[str, str] = MODEL) -> asking.Stored:
    return asking._store_question(lambda: who, command, model)


def prompt_of(stored: asking.Stored) -> list[tuple[str, str]]:
    found = stored.prompt or prompt.build(stored.reply, None)
    return [(message.role, message.content) for message in found.request.messages]


def test_a_first_question_makes_the_conversation_and_its_prompt(alice: User) -> None:
    stored = put(alice, question(uuid7(), "  What is\ta tree? ", system_prompt="Be brief."))

    conversation = Conversation.objects.get()
    said, reply = conversation.messages.all()
    assert (conversation.owner, conversation.title, conversation.leaf) == (alice, "What is a tree?", reply)
    assert (said.role, said.parent, said.state) == ("user", None, State.COMPLETE)
    assert (reply.parent, reply.state, reply.model_name, reply.sender) == (said, State.QUEUED, "tiny", alice)
    assert prompt_of(stored) == [("system", "Be brief."), ("user", said.content)]
    assert stored.prompt is not None
    assert stored.prompt.wants_title
    assert stored.prompt.provenance["first_message"] == said.pk


def test_a_later_question_is_sent_with_what_came_before(alice: User) -> None:
    first = put(alice, question(uuid7(), "one"))
    Message.objects.filter(pk=first.reply.pk).update(state=State.COMPLETE, content="two")

    second = put(alice, question(first.event.conversation, "three", parent=first.reply.pk))

    assert second.prompt is None  # it is the readers' to read a path
    assert prompt_of(second) == [("user", "one"), ("assistant", "two"), ("user", "three")]
    assert second.event.parent == first.reply.pk
    assert Conversation.objects.get().leaf == second.reply


def test_the_same_again_is_the_same_rows(alice: User) -> None:
    command = question(uuid7())
    first = put(alice, command)
    Message.objects.filter(pk=first.reply.pk).update(state=State.COMPLETE)

    again = put(alice, command)

    assert (first.is_new, again.is_new, again.prompt, again.stopped) == (True, False, None, ())
    assert [view.id for view in again.event.messages] == [view.id for view in first.event.messages]
    assert Message.objects.count() == 2


def test_a_repeated_question_stops_no_reply(alice: User) -> None:
    command = question(uuid7())
    first = put(alice, command)

    put(alice, command)

    first.reply.refresh_from_db()
    assert first.reply.state == State.QUEUED


def test_the_id_of_another_command_is_refused_its_question(alice: User) -> None:
    first = put(alice, question(uuid7()))
    Message.objects.filter(pk=first.reply.pk).update(state=State.COMPLETE)
    other = asking._store_another(lambda: alice, Regenerate(client_id=uuid.uuid4(), message=first.reply.pk))
    command = question(first.event.conversation, client_id=other.event.client_id)

    again = put(alice, command)

    assert (again.is_new, again.reply.pk) == (False, other.reply.pk)
    assert Message.objects.count() == 3
    other.reply.refresh_from_db()
    assert other.reply.state == State.QUEUED


def test_a_question_in_another_conversation_under_the_same_id_leaves_none(alice: User) -> None:
    command = question(uuid7())
    put(alice, command)

    with pytest.raises(Refused, match="not_found"):
        put(alice, command.model_copy(update={"conversation": uuid7()}))

    assert Conversation.objects.count() == 1


@pytest.mark.parametrize(("text", "code"), [(" \n", "empty"), ("hello", "not_found")])
def test_a_refused_question_leaves_no_conversation(alice: User, text: str, code: str) -> None:
    with pytest.raises(Refused, match=code):
        put(alice, question(uuid7(), text, parent=None if code == "empty" else 1))

    assert not Conversation.objects.exists()


def test_foreign_trashed_and_unknown_conversations_answer_alike(alice: User) -> None:
    bob = User.objects.create(username="bob")
    foreign = put(bob, question(uuid7()))
    trashed = put(alice, question(uuid7()))
    Conversation.objects.get(pk=trashed.event.conversation).trash()
    refused = []
    for conversation in (foreign.event.conversation, trashed.event.conversation, uuid7()):
        for parent in {None, foreign.reply.pk} if conversation == foreign.event.conversation else {trashed.reply.pk}:
            with pytest.raises(Refused) as caught:
                put(alice, question(conversation, parent=parent))
            refused.append((caught.value.code, caught.value.field))

    with pytest.raises(Refused) as caught:
        put(alice, question(trashed.event.conversation))

    assert {*refused, (caught.value.code, caught.value.field)} == {("not_found", "conversation")}
    assert Message.objects.count() == 4


def test_without_any_model_a_new_conversation_is_refused_and_an_old_one_goes_on(alice: User) -> None:
    with pytest.raises(Refused, match="no_model"):
        put(alice, question(uuid7()), ("", ""))
    first = put(alice, question(uuid7(), model=ModelChoice(backend="ollama", name="own")), ("", ""))

    second = put(alice, question(first.event.conversation, "again"), ("", ""))

    assert (second.reply.model_name, second.stopped) == ("own", (first.reply.pk,))


def test_the_running_reply_of_another_branch_stops_with_its_lease(alice: User) -> None:
    first = put(alice, question(uuid7()))

    edited = asking._store_edit(
        lambda: alice, Edit(client_id=uuid.uuid4(), message=first.event.messages[0].id, text="hi")
    )

    first.reply.refresh_from_db()
    assert edited.stopped == (first.reply.pk,)
    assert (first.reply.state, bool(first.reply.lease)) == (State.STOPPED, True)
    assert edited.event.messages[0].siblings == [
        view.id for view in (*first.event.messages[:1], *edited.event.messages[:1])
    ]


def test_no_door_lets_a_person_have_more_than_their_share(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = Conversation.objects.create(owner=alice, model_name="tiny")
    said = Message.objects.create(conversation=conversation, role="user", content="hello", sender=alice)
    reply = Message.objects.create(conversation=conversation, role="assistant", parent=said, state=State.STOPPED)
    monkeypatch.setattr(engine.runner, "waiting_of", lambda _user, _besides: 1000)
    again = uuid.uuid4()
    doors = (
        lambda: asking._store_edit(lambda: alice, Edit(client_id=again, message=said.pk, text="hi")),
        lambda: asking._store_another(lambda: alice, Regenerate(client_id=again, message=reply.pk)),
        lambda: asking._store_resumption(lambda: alice, reply.pk),
    )
    for door in doors:
        with pytest.raises(Refused, match="too_many_replies"):
            door()
    assert conversation.messages.count() == 2


def test_what_ends_with_the_new_reply_is_no_reason_against_it(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    SiteSettings.objects.update_or_create(defaults={"replies_per_user": 1})
    monkeypatch.setattr(Hub, "is_distributed", True)  # so that the database is asked
    first = put(alice, question(uuid7()))
    said = first.event.messages[0].id

    edited = asking._store_edit(lambda: alice, Edit(client_id=uuid.uuid4(), message=said, text="hi"))

    assert edited.stopped == (first.reply.pk,)
    with pytest.raises(Refused, match="too_many_replies"):
        put(alice, question(uuid7()))


async def test_what_another_process_writes_is_stopped_there(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, dict[str, object]]] = []

    async def call(name: str, **values: object) -> None:
        told.append((name, values))

    monkeypatch.setattr(engine.hub, "call", call)
    monkeypatch.setattr(engine.runner, "stop", lambda reply: reply == 1)
    await engine.let_go((1, 2))
    assert told == [("stop", {"reply": 2, "shown": None})]


def test_going_on_says_whether_another_path_is_shown_by_it(alice: User) -> None:
    conversation = Conversation.objects.create(owner=alice, model_name="tiny")
    said = Message.objects.create(conversation=conversation, role="user", content="hello", sender=alice)
    first, last = (
        Message.objects.create(conversation=conversation, role="assistant", parent=said, state=State.STOPPED)
        for _ in range(2)
    )
    conversation.choose(last.pk)
    assert asking._store_resumption(lambda: alice, first.pk)[2]
    Message.objects.filter(pk=first.pk).update(state=State.STOPPED)
    assert not asking._store_resumption(lambda: alice, first.pk)[2]
    conversation.refresh_from_db()
    assert conversation.leaf_id == first.pk
