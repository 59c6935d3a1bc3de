"""Open WebUI's export: the tree, the chosen path, models, times, thinking and errors come over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from conversations.models import Conversation, Message, User
from tests.unit.transcripts.importing.samples import only, openwebui, rows, said, taken, zipped

pytestmark = pytest.mark.django_db
REASONED = (
    '<details type="reasoning" done="true" duration="3">\n<summary>Thought for 3 seconds</summary>\n'
    "&gt; First &lt;a&gt;\n&gt; then b\n</details>\nAt noon."
)


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada")


def test_a_tree_with_branches_and_its_chosen_path(ada: User) -> None:
    value = openwebui(
        said("u1", None, "user", "When?"),
        said("a1", "u1", "assistant", "At noon.", model="llama3.2:latest", timestamp=1732190405, done=True),
        said("a2", "u1", "assistant", "At one.", model="qwen3:8b", timestamp=1732190409, done=True),
        params={"system": "Be brief."},
    )
    value["chat"]["history"]["currentId"] = "a1"
    found = only(taken([value], ada))

    assert rows(found) == [("user", "When?", None), ("assistant", "At noon.", 0), ("assistant", "At one.", 0)]
    assert found.leaf is not None
    assert (found.leaf.content, found.leaf.model_name, found.system_prompt) == (
        "At noon.",
        "llama3.2:latest",
        "Be brief.",
    )
    assert found.leaf.created_at == datetime(2024, 11, 21, 12, 0, 5, tzinfo=UTC)
    assert (found.created_at, found.updated_at) == (
        datetime(2024, 11, 21, 12, tzinfo=UTC),
        datetime(2024, 11, 21, 12, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("content", "thinking", "text"),
    [
        (REASONED, "First <a>\nthen b", "At noon."),
        ("<think>Hm</think>\n\nNoon", "Hm", "Noon"),
        ("<think>never closed", "", "<think>never closed"),
        ('<details type="reasoning">never closed', "", '<details type="reasoning">never closed'),
        ("plain <details>x</details>", "", "plain <details>x</details>"),
    ],
)
def test_thinking_is_taken_out_of_the_text(ada: User, content: str, thinking: str, text: str) -> None:
    found = only(taken([openwebui(said("a", None, "assistant", content))], ada)).messages.get()

    assert (found.thinking, found.content) == (thinking, text)


@pytest.mark.parametrize(
    ("values", "state", "detail"),
    [
        ({"done": False}, "interrupted", ""),
        ({"error": {"content": "away"}}, "failed", "away"),
        ({"error": True}, "failed", ""),
        ({}, "complete", ""),
    ],
)
def test_how_a_reply_ended(ada: User, values: dict[str, Any], state: str, detail: str) -> None:
    found = only(taken([openwebui(said("a", None, "assistant", "Half", **values))], ada)).messages.get()

    assert (found.state, found.error_detail) == (state, detail)


def test_old_files_with_a_list_only_and_a_chat_alone(ada: User) -> None:
    value = openwebui(
        said("u", None, "user", [{"type": "text", "text": "When?"}]), said("a", None, "assistant", "Noon")
    )
    del value["chat"]["history"]
    assert rows(only(taken(value, ada))) == [("user", "When?", None), ("assistant", "Noon", 0)]

    alone = openwebui(said("u", None, "user", "Alone"))["chat"]
    assert rows(only(taken(zipped(a__json=str(alone).replace("'", '"').replace("None", "null")), ada, "x.zip"))) == [
        ("user", "Alone", None)
    ]


def test_tokens_and_files_are_counted(ada: User) -> None:
    value = openwebui(
        said("u", None, "user", "Look", files=[{"type": "image", "url": "data:"}]),
        said("a", "u", "assistant", "A train", usage={"prompt_tokens": 7, "completion_tokens": 3, "x": "y"}),
    )
    (outcome,) = taken([value], ada)

    assert (outcome.files, outcome.source) == (1, "Open WebUI")
    assert Message.objects.get(role="assistant").metrics == {"prompt_tokens": 7, "reply_tokens": 3}


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("chat", "history", "messages", "u", "parentId"), "u", "chat.history.messages.u.parent: It goes round"),
        (("chat", "history", "messages", "u", "parentId"), "x", "chat.history.messages.u.parent: x is not there"),
        (("chat", "history", "messages", "u", "id"), "x", "chat.history.messages.u.id: It has another name"),
        (("chat", "history", "messages", "u", "role"), "tool", "chat.history.messages.u.role: This is none of"),
        (("chat", "history", "messages", "u", "content"), 7, "chat.history.messages.u.content: This is no text."),
        (("chat", "history", "messages", "u", "timestamp"), 10**40, "chat.history.messages.u.timestamp: This is no"),
        (("chat", "history", "messages", "u", "files"), "x", "chat.history.messages.u.files: This is no list."),
        (("chat", "history", "messages"), [], "chat.history.messages: This is no object."),
        (("chat", "history", "currentId"), "x", "chat.history.currentId: "),
        (("chat", "title"), "t" * 1001, "chat.title: It has more than"),
        (("chat", "params"), 7, "chat.params: This is no object."),
    ],
)
def test_the_first_error_is_named(ada: User, path: tuple[str, ...], value: object, place: str) -> None:
    document = openwebui(said("u", None, "user", "When?"))
    target: Any = document
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    (outcome,) = taken([document], ada)

    assert outcome.outcome == "skipped"
    assert place in outcome.why
    assert not Conversation.objects.exists()
