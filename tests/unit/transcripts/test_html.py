"""HTML: one file that asks for nothing, with an anchor for each message and line, as safe as the chat page."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.text import clean_text
from conversations.transcripts.document import TranscriptMessage
from tests.unit.transcripts.told import ATTACKS, message, picture, result, text_of, user

TAGS = {
    *("html", "head", "meta", "link", "title", "style", "body", "main", "header", "section", "article", "footer"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "a", "bdi", "ul", "ol", "li"),
    *("details", "summary", "div", "span", "pre", "code", "figure", "figcaption", "table", "thead", "tbody", "tr"),
    *("th", "td", "blockquote", "strong", "em", "s", "hr", "br", "dl", "dt", "dd", "label"),
    "input",
}


class Seen(HTMLParser):
    """Every tag with its attributes, and the names that can be led to."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    @property
    def names(self) -> list[str | None]:
        return [attributes["id"] for _, attributes in self.tags if "id" in attributes]


def seen(*messages: TranscriptMessage, **about: Any) -> Seen:
    return Seen(text_of("html", *messages, **about))


def assert_harmless(found: Seen) -> None:
    assert {tag for tag, _ in found.tags} <= TAGS
    for tag, attributes in found.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "src", "srcset")]
        address = attributes.get("href")
        assert address is None or re.match(r"#|https?://|mailto:|data:,$", address, re.IGNORECASE), (tag, address)
    assert len(found.names) == len(set(found.names))


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_are_text_wherever_they_stand(attack: str) -> None:
    hostile = message(attack, thinking=attack, model=attack, attachments=[picture(attack)])
    assert_harmless(seen(user(attack, id=2), hostile, title=attack, system_prompt=attack))


@given(st.text().map(clean_text))
@settings(max_examples=50)
def test_any_text_is_harmless(text: str) -> None:
    assert_harmless(seen(message(text), user(text, id=2)))


def test_messages_and_their_lines_have_anchors() -> None:
    found = seen(user("a\nb", id=5), message("One\n\n- x\n- y\n\n```\ncode\nmore\n```", id=6), result("r"))

    assert {"m5", "m5-1", "m5-2", "m6", "m6-1", "m6-3", "m6-4", "m6-7", "m6-8", "m1", "m1-1"} <= set(found.names)


def test_the_policy_names_the_one_style_and_nothing_else() -> None:
    document = text_of("html", message("Hello"))
    (style,) = re.findall(r"<style>(.*?)</style>", document, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = next(attributes["content"] for tag, attributes in Seen(document).tags if "http-equiv" in attributes)

    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert "url(" not in style
    assert "@import" not in style


def test_it_tells_what_it_is() -> None:
    words = seen(user("Hi", attachments=[picture("map.png")]), message("Hello", state="stopped", thinking="Hm")).words

    for expected in ("About this file", "tiny", "2026-11-21 12:00:00 UTC", "chatsite-transcript 1, html", "map.png",
                     "The reply was stopped here.", "Hm"):  # fmt: skip
        assert expected in words


def test_calls_and_results_are_there() -> None:
    words = seen(result("sunny <b>")).words

    assert "Tool (Weather: forecast)" in words
    assert '"city": "Bonn"' in words
    assert "sunny <b>" in words


def test_a_text_too_long_to_lay_out_is_shown_as_it_was_written() -> None:
    document = text_of("html", message("**word** " * 1_200_000))

    assert "**word** **word**" in document
    assert len(document) > 10_000_000
