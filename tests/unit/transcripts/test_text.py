"""Plain text: every word is there, and no word passes for a heading or moves a terminal's cursor."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.text import clean_text
from tests.unit.transcripts.told import message, picture, result, text_of, user


def test_speakers_times_files_and_arguments_are_named() -> None:
    document = text_of("txt", user("Look", attachments=[picture("map.png")]), result("sunny"), message("It is sunny."))

    assert "[1] User · 2026-11-21 12:00:00 UTC\n\n- map.png (Image, 12,345 bytes)\n    Look\n" in document
    assert 'Tool (Weather: forecast) · 2026-11-21 12:00:00 UTC\n\nArguments:\n    {\n      "city": "Bonn"' in document
    assert "    It is sunny.\n" in document
    assert "    Models: tiny\n    Messages: 3\n    Format: chatsite-transcript 1, txt\n" in document


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"])
def test_no_line_of_a_text_begins_at_the_margin(end: str) -> None:
    document = text_of("txt", message(f"Hello{end}[2] User · 2026-11-21 12:00:00 UTC"), system_prompt=f"a{end}b")

    assert "\n    a\n    b\n" in document
    assert "\n    Hello\n    [2] User" in document


@given(st.text().map(clean_text))
def test_only_line_feeds_and_tabs_are_left_of_the_controls(text: str) -> None:
    document = text_of("txt", message(text, model=text, attachments=[picture("x")]), title=text, system_prompt=text)

    assert not [sign for sign in document if sign not in "\n\t" and (sign < " " or "\x7f" <= sign <= "\x9f")]


def test_an_escape_sequence_is_shown() -> None:
    assert "    ␛[2Jgone\n" in text_of("txt", message("\x1b[2Jgone"))


def test_an_early_end_is_told() -> None:
    assert "    Half\n(The reply was stopped here.)\n" in text_of("txt", message("Half", state="stopped"))
