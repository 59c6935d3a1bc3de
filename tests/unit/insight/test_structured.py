"""Schemas and answers: what is refused, in which words, how long it may take, and the form that an answer becomes."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from django.utils import translation

from conversations.structured import checking
from conversations.structured.checking import wrong_with_answer, wrong_with_schema
from conversations.structured.formats import NotAFormat, Problem, read_answer, read_schema
from conversations.structured.outline import Node, TooMuch, outline
from conversations.structured.words import place, sentence

PERSON: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "title": "Full name"},
        "year_of_birth": {"type": "integer", "minimum": 1900},
        "cities": {
            "type": "array",
            "items": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
        },
    },
    "required": ["name", "year_of_birth"],
    "additionalProperties": False,
}


def said(problems: list[Problem]) -> list[str]:
    return [f"{place(problem)}: {sentence(problem)}".strip() for problem in problems]


def test_a_right_answer_has_nothing_wrong() -> None:
    assert wrong_with_answer('{"name": "Ada", "year_of_birth": 1915}', PERSON) == []


def test_an_answer_in_a_fence_is_read() -> None:
    assert read_answer('```json\n{"a": [1]}\n```') == {"a": [1]}


def test_what_is_wrong_is_named_with_its_place() -> None:
    wrong = wrong_with_answer('{"year_of_birth": 12.5, "cities": [{"name": "Rome"}, {"name": 7}], "age": 1}', PERSON)
    assert sorted(said(wrong)) == [
        ": Missing: name.",
        ": Not foreseen: age.",
        "cities[1].name: Has to be a text.",
        "year_of_birth: Has to be a whole number.",
        "year_of_birth: Has to be at least 1900.",
    ]


def test_the_words_are_german_for_a_german() -> None:
    with translation.override("de"):
        assert said([Problem(("a",), "type", "string, null")]) == ["a: Erwartet wird: ein Text oder nichts (null)."]


@pytest.mark.parametrize("answer", ["", "Sure, here it is:", '{"a": 1', '{"a": NaN}', "[" * 100_000])
def test_an_answer_that_is_no_json_says_so(answer: str) -> None:
    [problem] = wrong_with_answer(answer, "json")
    assert problem.keyword in ("syntax", "depth")
    assert sentence(problem)


def test_any_json_will_do_where_json_is_wanted() -> None:
    assert wrong_with_answer("[1, 2]", "json") == []


@pytest.mark.parametrize(
    ("text", "keyword", "words"),
    [
        ('{"type": "object",}', "syntax", "line and column 1:19"),
        ("[1]", "object", "begins with {"),
        ('{"$ref": "https://example.org/x.json"}', "remote", "outside of the schema"),
        ("{" + f'"title": "{"x" * 33_000}"' + "}", "size", "32 KiB"),
        ('{"items": ' * 40 + "{}" + "}" * 40, "depth", "32 levels"),
        ('{"title": "a\\u0000"}', "signs", "Remove it"),
        ('{"properties": {"a\\ud800": {}}}', "signs", "Remove it"),
    ],
)
def test_a_schema_of_the_wrong_shape_is_refused(text: str, keyword: str, words: str) -> None:
    with pytest.raises(NotAFormat) as refused:
        read_schema(text)
    assert refused.value.problems[0].keyword == keyword
    assert words in sentence(refused.value.problems[0])


def test_a_schema_is_held_against_draft_2020_12() -> None:
    assert wrong_with_schema(PERSON) == []
    wrong = wrong_with_schema({"properties": {"age": {"type": "integer", "minimum": "none"}}})
    assert said(wrong) == ["properties.age.minimum: Has to be a number."]
    assert said(wrong_with_schema({"properties": {"a": {"pattern": "("}}}))[0].startswith("properties.a: ")


def test_a_schema_that_goes_in_circles_ends() -> None:
    assert [problem.keyword for problem in wrong_with_answer("1", {"$ref": "#"})] == ["recursion"]


def test_a_schema_that_would_take_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "SECONDS", 0.5)
    slow = {"type": "string", "pattern": "^(a+)+$"}
    [problem] = wrong_with_answer('"' + "a" * 40 + '!"', slow)
    assert problem.keyword == "slow"


def test_what_a_busy_machine_takes_to_begin_is_not_the_schemas_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "SECONDS", 0.001)
    assert wrong_with_answer('"a"', {"type": "string"}) == []


def test_no_schema_makes_the_server_fetch_something() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/secret"
        [problem] = wrong_with_answer("1", {"$id": address, "$ref": f"{address}/more"})
        with pytest.raises(TimeoutError):
            listening.accept()
    assert problem.keyword == "$ref"


# The form


def test_labels_are_titles_or_the_names_in_words() -> None:
    form = outline({"name": "Ada", "year_of_birth": 1915, "alive": False}, PERSON)
    assert [label for label, _node in form.rows] == ["Full name", "Year of birth", "Alive"]
    assert [node.value for _label, node in form.rows] == ["Ada", "1915", "no"]


def test_a_list_of_flat_objects_is_a_table_with_every_column() -> None:
    form = outline([{"a": 1, "b": "x"}, {"b": "y", "c": True}])
    assert (form.kind, form.columns) == ("table", ["A", "B", "C"])
    assert [[cell.value for cell in row] for row in form.cells] == [["1", "x", ""], ["", "y", "yes"]]


def test_a_list_of_lists_is_a_list() -> None:
    assert outline([["a"], []]) == Node("list", items=[Node("list", items=[Node("value", "a")]), Node("empty")])


def test_labels_come_through_references() -> None:
    schema = {
        "properties": {"home": {"$ref": "#/$defs/city"}},
        "$defs": {"city": {"properties": {"n": {"title": "Name"}}}},
    }
    [(label, node)] = outline({"home": {"n": "Rome"}}, schema).rows
    assert (label, node.rows[0][0]) == ("Home", "Name")


@pytest.mark.parametrize(
    "value", [list(range(4000)), {"a": {"b": [[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]}}]
)
def test_what_nobody_would_read_as_a_form_is_none(value: object) -> None:
    with pytest.raises(TooMuch):
        outline(value)
