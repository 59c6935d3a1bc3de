"""What people type is always a query, and what is shown of a match is always safe."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.search.query import Query, Term, parse
from conversations.search.snippets import snippet


@pytest.mark.parametrize(
    ("typed", "wanted", "unwanted"),
    [
        ("river Bank", [("river",), ("bank",)], []),
        ('"old  Mill" river', [("old", "mill"), ("river",)], []),
        ("river -mill", [("river",)], [("mill",)]),
        ('river -"old mill"', [("river",)], [("old", "mill")]),
        ('"unclosed phrase', [("unclosed", "phrase")], []),
        ("e-mail foo.bar()", [("e", "mail"), ("foo", "bar")], []),
        ("Müller", [("muller",)], []),
        ("NEAR OR and NOT", [("near",), ("or",), ("and",), ("not",)], []),
        ('-- * "" \' ) (', [], []),
    ],
)
def test_words_phrases_and_exclusions(
    typed: str, wanted: list[tuple[str, ...]], unwanted: list[tuple[str, ...]]
) -> None:
    query = parse(typed)

    assert [term.words for term in query.wanted] == wanted
    assert [term.words for term in query.unwanted] == unwanted


def test_a_beginning_has_some_letters_and_no_quotes() -> None:
    assert parse("riv*").wanted == (Term(("riv",), is_beginning=True),)
    assert parse("ri*").wanted == (Term(("ri",)),)
    assert parse('"riv*"').wanted == (Term(("riv",)),)


def test_a_query_alone_of_exclusions_finds_nothing() -> None:
    assert parse("-river").finds_nothing


def test_too_much_is_cut_and_not_refused() -> None:
    assert len(parse("word%d " * 10_000).wanted) <= 16


@pytest.mark.parametrize(
    ("text", "typed", "expected"),
    [
        ("the old mill", "mill", "the old <mark>mill</mark>"),
        ("<b>mill</b> & co", "mill", "&lt;b&gt;<mark>mill</mark>&lt;/b&gt; &amp; co"),
        ("millet and Mills", "mill", "millet and Mills"),
        ("millet and Mills", "mil*", "<mark>millet</mark> and <mark>Mills</mark>"),
        ("Frau Müller kam", "muller", "Frau <mark>Müller</mark> kam"),
        ("eﬃcient ﬁle", "file", "eﬃcient <mark>ﬁle</mark>"),
        ("old-mill, old mill", '"old mill"', "<mark>old-mill</mark>, <mark>old mill</mark>"),
        ("nothing here", "mill", "nothing here"),
    ],
)
def test_a_snippet_is_escaped_and_marked(text: str, typed: str, expected: str) -> None:
    assert snippet(text, parse(typed)) == expected


def test_a_snippet_of_a_long_text_is_short_and_has_the_place() -> None:
    found = snippet("word " * 5000 + "needle " + "word " * 5000, parse("needle"))

    assert "<mark>needle</mark>" in found
    assert found.startswith("…")
    assert found.endswith("…")
    assert len(found) < 300


@given(st.text(max_size=80), st.text(max_size=40))
def test_no_text_and_no_query_breaks_a_snippet(text: str, typed: str) -> None:
    found = snippet(text, parse(typed))

    assert found.replace("<mark>", "").replace("</mark>", "").count("<") == 0
    assert found.count("<mark>") == found.count("</mark>")


def test_no_wanted_terms_have_no_place() -> None:
    assert snippet("text", Query(())) == "text"
