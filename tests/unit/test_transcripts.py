"""Transcripts: nothing of a conversation is lost, added or made to look like something else."""

from __future__ import annotations

import json
import re
import tracemalloc
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from conversations.models import Conversation, Message, User
from conversations.text import clean_text
from conversations.transcripts import FORMATS, markdown, outline
from conversations.transcripts import json as as_json
from conversations.transcripts.document import (
    Transcript,
    TranscriptError,
    TranscriptMessage,
    TranscriptTool,
)
from tests.unit.transcripts.told import ABOUT, NOON, message


def as_markdown(*messages: TranscriptMessage, **about: Any) -> str:
    return "".join(markdown.pieces(ABOUT.model_copy(update=about), messages))


def framed_texts(document: str) -> list[str]:
    """What a program reads: after each frame, as many characters as it says, and nothing inside of them."""
    found, at = [], 0
    while frame := re.compile(r"^<!-- message \d+, (\d+) characters -->\n\n?", re.MULTILINE).search(document, at):
        at = frame.end() + int(frame[1])
        found.append(document[frame.end() : at])
    return found


def headings(document: str) -> list[str]:
    tokens = MarkdownIt("commonmark").parse(document)
    pairs = pairwise(tokens)
    return [after.content for token, after in pairs if token.type == "heading_open" and not token.level]


OPEN_ENDS = [
    "```python\nx = 1",
    "~~~~\n```\n",
    "<!-- never closed",
    "<pre>\n\nx",
    "<script>\n1",
    "<?php\n",
    "- ```\n  x",
]
pieces = st.sampled_from(["```", "~~~~", "\n", "<!--", "<pre>", "> ", "- ", "    ", "# a", "x"])
texts = st.text() | st.lists(pieces).map("".join)


@given(texts.map(clean_text))
@example("```\n<!-- message 9, 0 characters -->\n```")
def test_a_text_of_any_kind_stays_as_it_was_and_hides_nothing_behind_it(text: str) -> None:
    document = as_markdown(message(text, id=1), message("The end.", id=2, role="user"))

    assert framed_texts(document) == [text, "The end."]
    assert headings(document)[-1] == "User"


@pytest.mark.parametrize("text", OPEN_ENDS)
def test_a_block_left_open_ends_with_its_message(text: str) -> None:
    document = as_markdown(message(text, reason="length"), message("The end.", id=2, role="user"))

    assert headings(document) == ["Trains", "Assistant (tiny)", "User"]


def test_speakers_models_and_times_are_named() -> None:
    document = as_markdown(message("Hi", role="user", model=""), message("Hello", id=2, model="llama_3*"))

    assert "## User\n\n*2026-11-21 12:00:00 UTC*" in document
    assert r"## Assistant (llama\_3\*)" in document


def test_titles_are_words_and_not_markup() -> None:
    document = as_markdown(title="# <img src=x> [a](b)\n\n## User")

    assert document.startswith(r"# \# \<img src=x\> \[a\](b) \#\# User" + "\n\n*")


def test_the_system_prompt_comes_first() -> None:
    document = as_markdown(message("Hi"), system_prompt="Be brief.")

    assert document.index("## System prompt") < document.index("Be brief.") < document.index("## Assistant")


@pytest.mark.parametrize(
    ("values", "note"),
    [
        ({"state": "stopped"}, "The reply was stopped here."),
        ({"state": "interrupted"}, "The reply was interrupted."),
        ({"state": "streaming"}, "This reply was still being written."),
        ({"reason": "length"}, "The reply was cut off here: it reached its length limit."),
        (
            {"state": "failed", "error": TranscriptError(code="model_missing", detail="x")},
            "The model server does not have this model.",
        ),
    ],
)
def test_a_reply_without_its_own_end_says_so(values: dict[str, Any], note: str) -> None:
    assert f"> **{note}**" in as_markdown(message("Half", **values))


def test_a_whole_reply_says_nothing() -> None:
    assert "> **" not in as_markdown(message("Whole"))


@given(texts.map(clean_text), texts.map(clean_text))
def test_json_gives_back_every_character(content: str, thinking: str) -> None:
    told = message(content, thinking=thinking, metrics={"reply_tokens": 3}, provenance={"options": {"seed": 1}})

    assert Transcript.model_validate_json("".join(as_json.pieces(ABOUT, [told, told]))).messages == [told, told]


def test_a_conversation_without_messages_is_a_whole_document() -> None:
    document = json.loads("".join(as_json.pieces(ABOUT, [])))

    assert (document["format"], document["version"], document["messages"]) == ("chatsite-transcript", 1, [])


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Trains to Köln", "Trains to Köln.md"),
        ("../../etc/passwd", "etc passwd.md"),
        ("", "conversation.md"),
        ("CON", "conversation CON.md"),
        ("a\u202egpj.exe\x07", "a gpj.exe.md"),
        ("ä" * 200, "ä" * 75 + ".md"),
        ('"; filename="x', "; filename= x.md"),
    ],
)
def test_file_names_are_safe_everywhere(title: str, name: str) -> None:
    assert FORMATS["md"].file_name(title) == name


# From the database


@pytest.fixture
def conversation(db: None) -> Conversation:
    alice = User.objects.create_user("alice", "alice@example.org")
    return Conversation.objects.create(owner=alice, title="Trains", model_name="tiny", backend_name="ollama")


def said(conversation: Conversation, parent: Message | None, role: str, content: str, **values: Any) -> Message:
    made = Message.objects.create(
        conversation=conversation, parent=parent, role=role, content=content, sender=conversation.owner, **values
    )
    conversation.choose(made.pk)
    return made


def tree(conversation: Conversation) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(b"".join(FORMATS["json"].write(outline(conversation))))
    return document


def test_json_has_the_whole_tree_and_markdown_the_path(conversation: Conversation) -> None:
    question = said(conversation, None, "user", "When?")
    said(conversation, question, "assistant", "First answer", thinking="Hm")
    second = said(conversation, question, "assistant", "Second answer")

    document = tree(conversation)
    assert [(one["content"], one["parent"], one["is_on_path"]) for one in document["messages"]] == [
        ("When?", None, True),
        ("First answer", question.pk, False),
        ("Second answer", question.pk, True),
    ]
    assert document["messages"][2]["id"] == second.pk
    assert framed_texts(b"".join(FORMATS["md"].write(outline(conversation))).decode()) == ["When?", "Second answer"]


def test_what_was_deleted_is_left_out_with_what_hangs_below(conversation: Conversation) -> None:
    question = said(conversation, None, "user", "When?")
    reply = said(conversation, question, "assistant", "Gone")
    said(conversation, reply, "user", "Gone too")
    reply.trash()
    conversation.refresh_from_db()

    assert [one["content"] for one in tree(conversation)["messages"]] == ["When?"]


def test_no_user_is_named_in_any(conversation: Conversation) -> None:
    said(conversation, None, "user", "When?")

    for wanted in FORMATS.values():
        assert b"alice" not in b"".join(wanted.write(outline(conversation)))
    assert not {"sender", "owner", "user"} & set(tree(conversation)["messages"][0])


def test_the_digest_changes_with_the_title_the_texts_the_path_and_the_state(conversation: Conversation) -> None:
    seen = set()

    def look() -> None:
        conversation.refresh_from_db()
        seen.add(outline(conversation).digest)

    look()
    question = said(conversation, None, "user", "When?")
    look()
    reply = said(conversation, question, "assistant", "Now", state="streaming")
    look()
    Message.objects.filter(pk=reply.pk).update(content="Now!")
    look()
    Message.objects.filter(pk=reply.pk).update(state="complete", finished_at=NOON)
    look()
    conversation.choose(question.pk)
    look()
    conversation.rename("Buses")
    look()
    assert len(seen) == 7
    look()
    assert len(seen) == 7


def test_thousands_of_messages_cost_the_memory_of_a_few(conversation: Conversation) -> None:
    text = ("w" * 99 + " ") * 80  # few and long words are quick to write
    first = Message.objects.create(conversation=conversation, role="user", content=text).pk
    roles = ("user", "assistant")
    rows = [
        Message(pk=first + n, conversation=conversation, parent_id=first + n - 1, role=roles[n % 2], content=text)
        for n in range(1, 1250)
    ]
    Message.objects.bulk_create(rows, batch_size=500)
    conversation.choose(rows[-1].pk)
    del rows
    for wanted in FORMATS.values():
        next(wanted.write(outline(conversation)))  # what is loaded once does not count
        tracemalloc.start()
        length = sum(map(len, wanted.write(outline(conversation))))
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert wanted.ending == "docx" or length == pytest.approx(10_000_000, rel=0.05), wanted
        assert most < 5_000_000, (wanted, most)


def test_times_are_kept_to_the_microsecond(conversation: Conversation) -> None:
    moment = NOON + timedelta(microseconds=123456)
    said(conversation, None, "user", "When?", created_at=moment)

    assert tree(conversation)["messages"][0]["created_at"] == "2026-11-21T12:00:00.123456Z"


def test_calls_and_their_results_are_in_the_markdown() -> None:
    tool = TranscriptTool(name="forecast", server="Weather", call_id="1", arguments={"city": "Bonn ```"})
    written = "".join(markdown.pieces(ABOUT, [message("sunny", role="tool", tool=tool, reason="")]))
    assert "## Tool (Weather: forecast)" in written
    assert '````json\n{\n  "city": "Bonn ```"\n}\n````' in written
    assert "<!-- message 1, 5 characters -->\n\nsunny\n" in written
