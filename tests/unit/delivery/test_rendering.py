"""Markdown on the server: the fixture that the browser is held to as well, attacks, and the limits."""

import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.rendering import MAX_NESTING, plain, render

FIXTURES = Path(__file__).parents[2] / "fixtures/markdown"
CASES = json.loads((FIXTURES / "cases.json").read_text("utf-8"))
ATTACKS = json.loads((FIXTURES / "attacks.json").read_text("utf-8"))

TAGS = re.compile(
    "a|blockquote|br|button|code|div|em|figcaption|figure|h[3-6]|hr|input|label|li|ol|p|pre|s|span|strong|"
    "table|tbody|td|th|thead|tr|ul"
)
ATTRIBUTES = re.compile("checked|class|data-(action|display|language)|dir|disabled|href|rel|start|target|title|type")
VOID = {"br", "hr", "input"}


class Inspector(HTMLParser):
    """What a browser would make of the HTML: everything that is not on the short list above is a danger."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.dangers: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not TAGS.fullmatch(tag):
            self.dangers.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if not ATTRIBUTES.fullmatch(name):
                self.dangers.append(f"{tag} {name}")
            if name == "href" and not re.match(r"(https?://|mailto:)", value or "", re.IGNORECASE):
                self.dangers.append(f"{tag} {value}")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.dangers.append(f"</{tag}> closes something else")

    def handle_comment(self, data: str) -> None:
        self.dangers.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.dangers.append(f"<!{decl}>")


def dangers(html: str) -> list[str]:
    inspector = Inspector(html)
    return inspector.dangers + inspector.open


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_server_renders_as_the_shared_fixture_says(case: dict[str, str]) -> None:
    assert render(case["text"]) == case["html"]


def test_there_are_at_least_150_attacks() -> None:
    assert len(set(ATTACKS)) >= 150


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_ends_as_text_or_as_a_harmless_link(attack: str) -> None:
    assert dangers(render(attack)) == []


def test_the_inspector_finds_what_it_looks_for() -> None:
    for html in (
        "<script>",
        "<p onclick='x'></p>",
        '<a href="javascript:x"></a>',
        "<p>",
        "</p>",
        "<!--x-->",
        "<img src=x>",
    ):
        assert dangers(html) != []


@given(st.text(alphabet="ab *_`~[]()!<>#|-:\\$\n\t&;\"'=1.xhttps/é\u200f", max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text_gives_closed_and_harmless_html(text: str) -> None:
    assert dangers(render(text)) == []


@pytest.mark.parametrize(
    "text",
    ["> " * 5000 + "a", "- " * 5000, "[" * 20_000, "![" * 3000 + "](https://example.org)" * 3000, "*a **" * 5000],
    ids=["quotes", "lists", "brackets", "images", "stars"],
)
def test_deep_nesting_leaves_the_stack_alone(text: str) -> None:
    limit = sys.getrecursionlimit()
    html = render(text)
    assert dangers(html) == []
    assert sys.getrecursionlimit() == limit
    assert html.count("<blockquote") <= MAX_NESTING


PIECES = [
    "[",
    "![",
    "](",
    "*a ",
    "**a",
    "_a_",
    "`a``b",
    "$a ",
    "$a\\$",
    "\\(",
    "\\[\n",
    "$$x\n",
    "http://a.b/(",
    "a://",
]
PIECES += [
    "![a](b/",
    "[a]: x\n",
    "[a][",
    "a|b\n",
    "> ",
    "- a\n",
    "<a",
    "&amp",
    "   ",
    "```\n",
    "https://x.y/)",
]


@pytest.mark.parametrize("piece", PIECES)
def test_work_grows_with_the_length_and_not_with_its_square(piece: str) -> None:
    assert calls(piece * (4800 // len(piece))) < 12 * calls(piece * (600 // len(piece)))


def calls(text: str) -> int:
    """How many functions, Python's and C's, are called to render `text`: a measure of work that no load disturbs."""
    count = 0

    def watch(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        render(text)
    finally:
        sys.setprofile(before)
    return count


def test_plain_words_for_titles_and_announcements() -> None:
    text = "# A *title*\n\nSee [this](https://example.org) and `code`,\n$x$ ![a cat](https://example.org/c.png).\n\n"
    assert plain(text + "- one\n- two\n\n```py\nprint(1)\n```") == (
        "A title\nSee this and code, x a cat.\none\ntwo\nprint(1)"
    )
    assert plain("") == plain("---") == ""
