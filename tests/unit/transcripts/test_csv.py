"""CSV: a reader gets back every cell, and a spreadsheet finds no formula."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.text import clean_text
from conversations.transcripts.document import TranscriptError, TranscriptMessage
from tests.unit.transcripts.told import ATTACKS, CALL, message, picture, result, text_of, user

FAULT = TranscriptError(code="x", detail="")


def table(*messages: TranscriptMessage, title: str = "Trains") -> list[dict[str, str]]:
    document = text_of("csv", *messages, title=title)
    return list(csv.DictReader(StringIO(document.removeprefix("\ufeff"), newline=""), strict=True))


def test_a_message_is_a_row_with_everything_worth_counting() -> None:
    first, second, third = table(
        user("Look", attachments=[picture("a.png"), picture("b.png")]),
        message("", id=2, parent=1, tool_calls=[CALL], metrics={"reply_tokens": 3}, error=FAULT),
        result("sunny"),
    )

    assert (first["title"], first["role"], first["parent"], first["attachments"]) == (
        "Trains",
        "user",
        "",
        "a.png; b.png",
    )
    assert (second["parent"], second["model"], second["error"]) == ("1", "tiny", "x")
    assert (second["is_on_path"], second["metrics"]) == ("true", '{"reply_tokens": 3}')
    assert second["tool_calls"] == '[{"id": "c1", "name": "forecast", "arguments": {"city": "Bonn"}}]'
    assert (third["tool"], third["tool_call_id"], third["tool_arguments"]) == ("forecast", "c1", '{"city": "Bonn"}')
    assert second["created_at"] == "2026-11-21T12:00:00+00:00"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\u200b=", "\u00a0@", "＝", "＠"])
def test_what_a_spreadsheet_takes_for_a_formula_is_disarmed(start: str) -> None:
    text = f"{start}cmd|' /C calc'!A0"
    reply = message(text, model=text, thinking=text, reason=text, backend=text, attachments=[picture(text)])
    (row,) = table(reply, title=text)

    assert [row[name] for name in ("title", "content", "thinking", "model", "reason", "backend", "attachments")] == [
        "'" + text
    ] * 7


@given(st.lists(st.text().map(clean_text), min_size=1, max_size=5))
def test_any_text_comes_back_as_one_cell(texts: list[str]) -> None:
    rows = table(*(message(text) for text in texts))

    assert [
        row["content"].removeprefix("'" * (row["content"] != text)) for row, text in zip(rows, texts, strict=True)
    ] == texts


def test_attacks_are_text() -> None:
    assert [row["content"].removeprefix("'") for row in table(*map(message, ATTACKS))] == ATTACKS


def test_it_begins_with_the_mark_and_its_lines_end_as_the_standard_says() -> None:
    document = text_of("csv", message("a\nb"))

    assert document.startswith("\ufeffconversation,title,id,parent,role,")
    assert document.count("\r\n") == 2
