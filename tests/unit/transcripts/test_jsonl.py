"""JSON lines for fine-tuning: only what servers take, only whole replies to be learned."""

from __future__ import annotations

import json
from typing import Any

from conversations.models import Conversation, Message, User
from conversations.transcripts import FORMATS, outline
from conversations.transcripts.document import TranscriptMessage
from tests.unit.transcripts.told import CALL, message, result, text_of, user


def line(*messages: TranscriptMessage, **about: Any) -> list[dict[str, Any]]:
    (only,) = text_of("jsonl", *messages, **about).splitlines()
    said: list[dict[str, Any]] = json.loads(only)["messages"]
    return said


def test_a_path_is_one_line_that_begins_with_the_system_prompt() -> None:
    assert line(user("When?"), message("At noon.", thinking="Hm"), system_prompt="Be brief.") == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "When?"},
        {"role": "assistant", "content": "At noon."},
    ]


def test_calls_have_their_form_and_their_results() -> None:
    said = line(user("Sun?"), message("", tool_calls=[CALL]), result("sunny"), message("Yes."))

    assert said[1:3] == [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "forecast", "arguments": '{"city": "Bonn"}'}}
            ],
        },
        {"role": "tool", "content": "sunny", "tool_call_id": "c1"},
    ]


def test_a_call_without_result_and_a_result_without_call_are_left_out() -> None:
    calls = [CALL, {**CALL, "id": "c2"}]
    said = line(user("Sun?"), message("", tool_calls=calls), result("sunny"), result("x", "c9"), message("Yes."))
    assert [call["id"] for call in said[1]["tool_calls"]] == ["c1"]
    assert [one["role"] for one in said] == ["user", "assistant", "tool", "assistant"]

    lost = line(user("Sun?"), message("", tool_calls=[CALL]), user("Well?"), message("Yes."))
    assert [one["content"] for one in lost] == ["Sun?", "Well?", "Yes."]


def test_a_reply_cut_short_is_context_and_not_to_be_learned() -> None:
    said = line(
        user("a"), message("b", state="stopped"), user("c"), message("d", reason="length"), user("e"), message("f")
    )
    assert [one.get("weight") for one in said] == [None, 0, None, 0, None, None]


def test_what_has_no_answer_is_left_out() -> None:
    assert [one["content"] for one in line(user("a"), message("b"), user("c"), message("", state="failed"))] == [
        "a",
        "b",
    ]
    assert text_of("jsonl", user("a"), message("b", state="failed"), system_prompt="x") == ""


def test_lines_end_only_where_the_document_does() -> None:
    assert line(user("a\u2028b\nc"), message("d\u0085e"))[0]["content"] == "a\u2028b\nc"


def test_each_path_can_have_its_line(db: None) -> None:
    chat = Conversation.objects.create(owner=User.objects.create_user("ada"), title="x")
    question = Message.objects.create(conversation=chat, role="user", content="When?")
    for text in ("One", "Two"):
        leaf = Message.objects.create(conversation=chat, role="assistant", content=text, parent=question)
        chat.choose(leaf.pk)
    shape = outline(chat)

    assert [
        [one["content"] for one in json.loads(row)["messages"]]
        for row in b"".join(FORMATS["jsonl"].write_paths(shape)).decode().splitlines()
    ] == [["When?", "One"], ["When?", "Two"]]
    assert b"".join(FORMATS["jsonl"].write(shape)).count(b"\n") == 1
