"""What is written down of a request is enough to put it together again, and says so when it is not."""

from __future__ import annotations

from typing import Any

import pytest

from conversations.backends.base import ChatMessage, ModelInfo, ToolCall
from conversations.generation.insight import again, building, provenance
from conversations.models import Attachment, Conversation, Message, State
from conversations.models.conversation import Refused
from conversations.structured.formats import Problem
from conversations.uploads.storage import path_of
from tests.unit.views.people import answer, conversation_of, person, say

pytestmark = pytest.mark.django_db
BLIND = ModelInfo("m", frozenset({"completion"}))
SEES = ModelInfo("m", frozenset({"completion", "vision"}))


@pytest.fixture
def conversation() -> Conversation:
    return conversation_of(person("ada"), system_prompt="Be brief.", model_name="m", backend_name="ollama")


def built(reply: Message, info: ModelInfo | None = None) -> list[ChatMessage]:
    """Build its prompt and keep what is known of it, as the runner does; the messages as sent."""
    found = building.build(reply, info)
    reply.provenance = {**found.provenance, **provenance.of(found, reply)}
    reply.save()
    return list(found.request.messages)


def queued(conversation: Conversation, above: Message) -> Message:
    return answer(conversation, "", above, State.QUEUED, model_name="m")


def test_files_are_part_of_what_was_sent(conversation: Conversation) -> None:
    asked = say(conversation, "What does it say?")
    _attach(asked, kind="text", name="notes.txt", text="The pump is broken.", stored_name="a" * 32)
    _attach(asked, kind="image", name="pump.png", stored_name="b" * 32)
    path = path_of("b" * 32)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"not really a picture")
    reply = queued(conversation, asked)
    sent = built(reply, SEES)
    assert "The pump is broken." in sent[-1].content
    assert len(sent[-1].images) == 1
    whole = provenance.rebuilt(reply)
    assert (list(whole.messages), whole.numbers, whole.is_exact) == (sent, [None, asked.pk], True)
    path.unlink()
    assert provenance.rebuilt(reply).is_exact is False
    with pytest.raises(Refused, match="unknown_request"):
        again.to_repeat(_ended(reply))


def test_a_foreign_message_is_not_looked_up(conversation: Conversation) -> None:
    """An imported reply says itself what it corrects."""
    secret = say(conversation_of(person("eve")), "Eve's secret")
    own = say(conversation, "Mine")
    reply = answer(conversation, "x", own, provenance={"corrects": [secret.pk, 100], "instruction": "again"})
    assert "secret" not in str(provenance.rebuilt(reply))
    reply.provenance["corrects"] = [own.pk, 100]
    assert "Mine" in provenance.rebuilt(reply).messages[-2].content


def test_a_blind_model_was_sent_a_note(conversation: Conversation) -> None:
    asked = say(conversation, "What is this?")
    _attach(asked, kind="image", name="pump.png", stored_name="c" * 32)
    path_of("c" * 32).parent.mkdir(parents=True, exist_ok=True)
    path_of("c" * 32).write_bytes(b"a picture")
    reply = queued(conversation, say(conversation, "And then?", answer(conversation, "A pump.", asked)))
    sent = built(reply, BLIND)
    assert "cannot see" in sent[1].content
    whole = provenance.rebuilt(reply)
    assert (list(whole.messages), whole.is_exact) == (sent, True)


def test_a_seed_is_drawn_where_nobody_chose_one(conversation: Conversation) -> None:
    reply = queued(conversation, say(conversation, "Why?"))
    built(reply)
    assert reply.provenance["options"] == {}
    assert 0 <= reply.provenance["seed"] < 2**31
    conversation.sampling = {"seed": 7}
    conversation.save()
    reply = queued(Conversation.objects.get(), say(conversation, "Why?"))
    built(reply)
    assert (reply.provenance["options"], reply.provenance["seed"]) == ({"seed": 7}, 7)


def test_what_repeats_asks_the_same_whatever_is_set_since(conversation: Conversation) -> None:
    conversation.sampling, conversation.response_format = {"temperature": 0.3}, "json"
    conversation.save()
    first = queued(conversation, say(conversation, "Why?"))
    sent = building.build(first, BLIND)
    first.provenance = {**sent.provenance, **provenance.of(sent, first)}
    _ended(first).save()
    changed = Conversation.objects.get()
    changed.system_prompt, changed.sampling, changed.response_format = "Ramble.", {"temperature": 2.0}, None
    changed.save()
    assert first.parent is not None
    second = queued(changed, first.parent)
    second.provenance = dict(again.to_repeat(first)["provenance"])  # type: ignore[call-overload]
    found = building.build(second, BLIND)
    assert found.request == sent.request
    assert provenance.of(found, second)["fingerprint"] == first.provenance["fingerprint"]


@pytest.mark.parametrize(
    "other",
    [
        ChatMessage("user", "b"),
        ChatMessage("assistant", "a"),
        ChatMessage("user", "a", images=["x"]),
        ChatMessage("user", "a", tool_calls=[ToolCall("1", "f", {"x": 1})]),
        ChatMessage("user", "a", tool_name="f"),
    ],
)
def test_another_message_has_another_fingerprint(other: ChatMessage) -> None:
    same = ChatMessage("user", "a")
    assert provenance.fingerprint([same]) == provenance.fingerprint([ChatMessage("user", "a")])
    assert provenance.fingerprint([same]) != provenance.fingerprint([other])
    assert provenance.fingerprint([same, same]) != provenance.fingerprint([same])


@pytest.mark.parametrize(
    ("values", "made_for", "is_corrected"),
    [
        ({"corrects_format": True}, {}, True),
        ({"corrects_format": False}, {}, False),
        ({"corrects_format": True}, {"corrects": [1, 2]}, False),
        ({"corrects_format": True}, {"repeats": 1}, False),
    ],
)
def test_a_second_try_is_made_where_it_is_wanted_and_only_once(
    conversation: Conversation, values: dict[str, Any], made_for: dict[str, Any], is_corrected: bool
) -> None:
    conversation.corrects_format = values["corrects_format"]
    reply = answer(conversation, "{}", say(conversation, "Why?"), provenance=made_for)
    wrong = [Problem(("a",), "required", "a", "'a' is a required property")]
    found = again.to_correct(reply, wrong)
    assert (found is not None) is is_corrected
    assert again.to_correct(reply, []) is None
    if found is not None:
        say(conversation, "The person has gone on", reply)
        assert again.to_correct(reply, wrong) is None


def _attach(message: Message, **values: Any) -> None:
    Attachment.objects.create(owner=message.conversation.owner, message=message, media_type="x/y", size=1, **values)
    Message.objects.filter(pk=message.pk).update(attached=message.attachments.count())
    message.refresh_from_db()


def _ended(reply: Message) -> Message:
    reply.state = State.COMPLETE
    return reply
