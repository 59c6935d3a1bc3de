"""ChatGPT's export: branches, models, times and thinking come over; what nobody saw does not."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from conversations.models import Conversation, Message, User
from tests.unit.transcripts.importing.samples import chatgpt, node, only, rows, taken, zipped

pytestmark = pytest.mark.django_db
HIDDEN = {"is_visually_hidden_from_conversation": True}
THOUGHTS = [{"summary": "Looking", "content": "At the timetable.", "chunks": [], "finished": True}]


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada")


def path(conversation: Conversation) -> list[str]:
    return [message.content for message in conversation.walk(conversation.leaf_id)][::-1]


def test_a_tree_with_branches_and_its_chosen_path(ada: User) -> None:
    value = chatgpt(
        node("s", "client-created-root", "system", "", at=None, weight=0, metadata=HIDDEN),
        node("u1", "s", "user", "When?", at=1),
        node("a2", "u1", "assistant", "At one.", at=9, metadata={"model_slug": "o3"}),
        node("a1", "u1", "assistant", "At noon.", at=5, metadata={"model_slug": "gpt-4o"}),
        node("u2", "a1", "user", "Thanks", at=12),
        current_node="a1",
    )
    found = only(taken([value], ada))

    assert rows(found) == [
        ("user", "When?", None),
        ("assistant", "At noon.", 0),
        ("assistant", "At one.", 0),
        ("user", "Thanks", 1),
    ]
    assert path(found) == ["When?", "At noon."]
    assert (found.title, found.owner, found.created_at) == (
        "Trains",
        ada,
        datetime(2024, 11, 21, 12, 0, 0, 500_000, UTC),
    )
    first, second = found.messages.filter(role="assistant").order_by("pk")
    assert (first.model_name, second.model_name) == ("gpt-4o", "o3")
    assert (first.created_at.second, first.state, first.reason) == (5, "complete", "stop")
    assert first.provenance == {"source": "ChatGPT", "source_id": "a1"}


def test_thoughts_stand_with_their_reply(ada: User) -> None:
    value = chatgpt(
        node("u", "client-created-root", "user", "When?"),
        node("t", "u", "assistant", content={"content_type": "thoughts", "thoughts": THOUGHTS}),
        node("r", "t", "assistant", content={"content_type": "reasoning_recap", "content": "Thought for 5s"}),
        node("a", "r", "assistant", "At noon."),
        node("t2", "u", "assistant", content={"content_type": "thoughts", "thoughts": THOUGHTS}),
        current_node="a",
    )
    found = only(taken([value], ada))

    assert [(each.content, each.thinking) for each in found.messages.order_by("pk")] == [
        ("When?", ""),
        ("At noon.", "**Looking**\n\nAt the timetable."),
        ("", "**Looking**\n\nAt the timetable."),
    ]


def test_tools_are_calls_and_results(ada: User) -> None:
    code = {"content_type": "code", "language": "unknown", "text": "1 + 1"}
    output = {"content_type": "execution_output", "text": "2"}
    value = chatgpt(
        node("u", "client-created-root", "user", "Add"),
        node("c", "u", "assistant", content=code, recipient="python"),
        node("o", "c", "tool", content=output, name="python"),
        node("d", "o", "assistant", '{"prompt": "a train"}', recipient="dalle.text2im"),
        node("p", "d", "tool", "made", name="dalle.text2im"),
        node("a", "p", "assistant", "Two."),
    )
    found = only(taken([value], ada))
    calls = list(found.messages.exclude(tool_calls=[]).order_by("pk").values_list("tool_calls", flat=True))

    assert rows(found) == [
        ("user", "Add", None), ("assistant", "", 0), ("tool", "2", 1), ("assistant", "", 2), ("tool", "made", 3),
        ("assistant", "Two.", 4),
    ]  # fmt: skip
    assert calls == [
        [{"id": "c", "name": "python", "arguments": {"code": "1 + 1"}}],
        [{"id": "d", "name": "dalle.text2im", "arguments": {"prompt": "a train"}}],
    ]
    assert list(Message.objects.filter(role="tool").order_by("pk").values_list("tool_name", "tool_call_id")) == [
        ("python", "c"),
        ("dalle.text2im", "d"),
    ]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"content_type": "multimodal_text", "parts": [{"content_type": "image_asset_pointer"}, "Look"]}, "Look"),
        ({"content_type": "multimodal_text", "parts": [{"content_type": "audio_transcription", "text": "Hi"}]}, "Hi"),
        ({"content_type": "code", "language": "python", "text": "x = '```'"}, "````python\nx = '```'\n````"),
        ({"content_type": "tether_quote", "title": "T", "url": "https://x.org", "text": "q"}, "T\nhttps://x.org\nq"),
        ({"content_type": "tether_browsing_display", "result": "found", "summary": None}, "found"),
        ({"content_type": "system_error", "name": "Error", "text": "away"}, "Error: away"),
        ({"content_type": "something_new", "text": "new"}, "new"),
    ],
)
def test_contents_of_every_type(ada: User, content: dict[str, Any], text: str) -> None:
    found = only(taken([chatgpt(node("a", "client-created-root", "assistant", content=content))], ada))

    assert found.messages.get().content == text


def test_hidden_nodes_are_left_out_and_their_children_stay(ada: User) -> None:
    context = {"content_type": "user_editable_context", "user_profile": "secret", "user_instructions": ""}
    value = chatgpt(
        node("h", "client-created-root", "user", content=context),
        node("s", "h", "system", "You are a ticket office."),
        node("x", "s", "assistant", "unseen", metadata=HIDDEN),
        node("e", "x", "assistant", ""),
        node("u", "e", "user", "When?"),
    )
    assert rows(only(taken([value], ada))) == [("system", "You are a ticket office.", None), ("user", "When?", 0)]


@pytest.mark.parametrize(
    ("values", "state", "reason"),
    [
        ({"status": "in_progress"}, "interrupted", ""),
        ({"metadata": {"finish_details": {"type": "interrupted"}}}, "stopped", ""),
        ({"metadata": {"finish_details": {"type": "max_tokens"}}}, "complete", "length"),
    ],
)
def test_how_a_reply_ended(ada: User, values: dict[str, Any], state: str, reason: str) -> None:
    found = only(taken([chatgpt(node("a", "client-created-root", "assistant", "Half", **values))], ada))

    assert (found.messages.get().state, found.messages.get().reason) == (state, reason)


def test_files_are_counted_and_left_out(ada: User) -> None:
    parts = [{"content_type": "image_asset_pointer", "asset_pointer": "sediment://1"}, "Look"]
    attached = {"attachments": [{"id": "1", "name": "a.png"}, {"id": "2", "name": "b.pdf"}]}
    value = chatgpt(node("u", "client-created-root", "user", *parts, metadata=attached))
    (outcome,) = taken([value], ada)

    assert (outcome.files, outcome.messages, outcome.source) == (2, 1, "ChatGPT")


def test_the_zip_as_it_is_sent(ada: User) -> None:
    conversations = json.dumps([chatgpt(node("u", "client-created-root", "user", "When?"))])
    others = {"user__json": '{"email": "x"}', "chat__html": "<p>", "message_feedback__json": "[]"}
    data = zipped(**others, conversations__json=conversations)

    (outcome,) = taken(data, ada, "export.zip")
    assert (outcome.outcome, outcome.file, outcome.place) == ("imported", "conversations.json", "0")


def test_the_same_file_again_makes_no_copies(ada: User) -> None:
    value = [chatgpt(node("u", "client-created-root", "user", "When?"))]
    only(taken(value, ada))
    (again,) = taken(value, ada)
    other = only(taken(value, User.objects.create_user("bob")))

    assert (again.outcome, again.why) == ("skipped", "It was imported before.")
    assert other.owner.username == "bob"
    assert Conversation.objects.count() == 2


def broken(*path: str | int, value: object) -> dict[str, Any]:
    found = chatgpt(
        node("u", "client-created-root", "user", "When?"),
        node("a", "u", "assistant", "Noon.", metadata={"model_slug": "m"}),
    )
    target: Any = found
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    return found


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("mapping", "client-created-root", "parent"), "a", "mapping.client-created-root.parent: It goes round"),
        (("mapping", "u", "parent"), "u", "mapping.u.parent: It goes round"),
        (("mapping", "u", "parent"), "elsewhere", "mapping.u.parent: elsewhere is not there."),
        (("mapping", "u", "parent"), 7, "mapping.u.parent: This is no text."),
        (("mapping", "u", "id"), "a", "mapping.u.id: It has another name"),
        (("mapping", "u"), [], "mapping.u: This is no object."),
        (("mapping",), [], "mapping: This is no object."),
        (
            ("mapping", "u", "message", "author", "role"),
            "god",
            "mapping.u.message.author.role: This is none of user, ass",
        ),
        (("mapping", "u", "message", "create_time"), 1e300, "mapping.u.message.create_time: This is no time"),
        (("mapping", "u", "message", "create_time"), -1e11, "mapping.u.message.create_time: This is no time"),
        (("mapping", "u", "message", "create_time"), True, "mapping.u.message.create_time: This is no time"),
        (("mapping", "u", "message", "create_time"), "soon", "mapping.u.message.create_time: This is no time"),
        (("mapping", "u", "message", "content", "parts"), {}, "mapping.u.message.content.parts: This is no list."),
        (("mapping", "u", "message", "content", "parts"), [7], "mapping.u.message.content.parts.0: This is no text."),
        (("mapping", "a", "message", "metadata", "model_slug"), "m" * 301, "model_name: "),
        (("create_time",), [], "create_time: This is no time"),
        (("current_node",), "elsewhere", "current_node: elsewhere is not there."),
        (("title",), {}, "title: This is no text."),
        (("title",), "t" * 1001, "title: It has more than 1,000 characters."),
    ],
)
def test_the_first_error_is_named_and_the_others_are_taken(
    ada: User, path: tuple[str | int, ...], value: object, place: str
) -> None:
    good = chatgpt(node("u", "client-created-root", "user", "Good"), conversation_id="other")
    skipped, imported = taken([broken(*path, value=value), good], ada)

    assert (skipped.outcome, skipped.place, imported.outcome) == ("skipped", "0", "imported")
    assert place in skipped.why
    assert Message.objects.count() == 1
