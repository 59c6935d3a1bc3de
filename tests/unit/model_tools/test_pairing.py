"""Calls and their answers, as a model is sent a path: no call without an answer."""

from __future__ import annotations

from typing import Any

from conversations.generation.tooling.pairing import rounds_of, with_calls
from conversations.generation.tooling.words import gist_of, written
from conversations.models.paths import Turn


def turn(role: str, content: str = "", calls: tuple[str, ...] = (), answers: str = "") -> Turn:
    asked: list[dict[str, Any]] = [{"id": each, "name": f"do_{each}", "arguments": {"n": 1}} for each in calls]
    return Turn(1, None, role, content, 0, asked, f"do_{answers}" if answers else "", answers)


def test_a_call_goes_with_its_answer() -> None:
    path = [
        turn("user", "hi"),
        turn("assistant", "", ("a", "b")),
        turn("tool", "1", answers="a"),
        turn("tool", "2", answers="b"),
    ]
    _said, asking, first, second = with_calls(path)
    assert [call.id for call in asking.tool_calls] == ["a", "b"]
    assert (first.role, first.tool_name, first.tool_call_id, first.content) == ("tool", "do_a", "a", "1")
    assert second.content == "2"


def test_a_call_that_nothing_answers_is_left_out() -> None:
    path = [turn("assistant", "", ("a", "b")), turn("tool", "1", answers="a"), turn("user", "never mind")]
    assert [call.id for call in with_calls(path)[0].tool_calls] == ["a"]
    assert with_calls([turn("assistant", "words", ("a",)), turn("user", "hm")])[0].tool_calls == ()


def test_an_answer_of_another_round_answers_nothing() -> None:
    path = [
        turn("assistant", "", ("a",)),
        turn("user", "x"),
        turn("assistant", "", ("b",)),
        turn("tool", "1", answers="a"),
    ]
    assert [list(message.tool_calls) for message in with_calls(path)] == [[], [], [], []]


def test_an_unfinished_call_says_so() -> None:
    path = [turn("assistant", "", ("a",)), turn("tool", "", answers="a")]
    assert "not finished" in with_calls(path)[1].content


def test_rounds_are_counted_from_the_last_question() -> None:
    round_ = [turn("assistant", "", ("a",)), turn("tool", "1", answers="a")]
    path = [turn("user", "x"), *round_, turn("assistant", "done"), turn("user", "y"), *round_, *round_]
    assert rounds_of(with_calls(path)) == 2


def test_what_was_given_fits_a_line() -> None:
    assert gist_of({"expression": "6 * 7"}) == "6 * 7"
    assert gist_of({"city": "Bonn", "days": 3}) == "city: Bonn, days: 3"
    assert gist_of({}) == ""
    assert gist_of("{broken\n json") == "{broken json"
    assert len(gist_of({"text": "x" * 1000})) == 120
    assert written({"a": "ä"}) == '{\n  "a": "ä"\n}'
    assert written("{broken") == "{broken"
