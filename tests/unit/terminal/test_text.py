"""Breaking lines between words, finding pictures in a message, reading quotations, tables, sizes and times."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from conversations.management.chat.prompting import is_open, unquoted
from conversations.management.chat.screen import visible
from conversations.management.chat.wishes import BadValue, read_option, read_options
from conversations.management.chat.wrapping import Wrap
from conversations.management.columns import ago, size, table
from conversations.management.library.pictures import find_pictures
from conversations.sampling import Sampling


class Paper:
    """A terminal of so many columns that does what it is told: text, newline, `CUB` and `EL`."""

    def __init__(self, width: int) -> None:
        self.lines = [""]
        self._at = 0
        self._width = width

    def write(self, text: str) -> None:
        for step in re.findall(r"\x1b\[\d+D|\x1b\[K|.", text, re.DOTALL):
            if step == "\n":
                self.lines.append("")
                self._at = 0
            elif step == "\x1b[K":
                self.lines[-1] = self.lines[-1][: self._at]
            elif step.startswith("\x1b"):
                self._at -= int(step[2:-1])
            else:
                self.lines[-1] = self.lines[-1][: self._at] + step
                self._at += 1
                assert self._at < self._width, "the last column stays free"


@pytest.mark.parametrize("piece", [1, 3, 1000])
def test_lines_break_between_words_however_the_text_comes(piece: int) -> None:
    text = "The river runs past the old mill and under the bridge.\n\n  - where children throw sticks\nend"
    paper, wrap = Paper(20), Wrap(lambda: 20)
    for at in range(0, len(text), piece):
        paper.write(wrap.feed(text[at : at + piece]))

    assert [line.rstrip() for line in paper.lines] == [
        "The river runs past",
        "the old mill and",
        "under the bridge.",
        "",
        "  - where children",
        "throw sticks",
        "end",
    ]


def test_a_word_that_is_longer_than_a_line_fills_it() -> None:
    paper, wrap = Paper(12), Wrap(lambda: 12)
    paper.write(wrap.feed("a " + "x" * 25))

    assert [line.rstrip() for line in paper.lines] == ["a", "x" * 11, "x" * 11, "xxx"]


def test_wide_signs_break_anywhere() -> None:
    assert Wrap(lambda: 11).feed("水" * 7) == "水水水水水\n水水"


@pytest.mark.parametrize("bad", ["\x1b[2J", "\x9b2J", "\x07", "\x7f", "a\rb", "\u202eabc", "\u2066x"])
def test_no_sign_that_a_terminal_obeys_is_visible(bad: str) -> None:
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", visible(bad))
    assert visible("tab\tline\nword é 水") == "tab\tline\nword é 水"


def test_pictures_are_found_as_people_and_terminals_write_them(tmp_path: Path) -> None:
    for name in ("a b.png", "c.JPG", "d.webp"):
        (tmp_path / name).touch()
    written = f"Compare {tmp_path}/a\\ b.png with '{tmp_path}/c.JPG' and {tmp_path}/d.webp please"
    found = find_pictures(written)

    assert [path.name for path in found.paths] == ["a b.png", "c.JPG", "d.webp"]
    assert found.text.split() == ["Compare", "with", "and", "please"]


@pytest.mark.parametrize(
    "text", ["see /no/such.png", "http://example.org/a.png", "and/or.png", "x" + "/a.png", "a\n  b"]
)
def test_what_is_no_picture_stays_as_it_is(text: str) -> None:
    assert find_pictures(text).text == text
    assert not find_pictures(text).paths


def test_a_quotation_is_open_until_it_is_closed() -> None:
    assert is_open('"""')
    assert is_open('/set system """one\ntwo')
    assert not is_open('"""one\ntwo"""')
    assert not is_open('a """ b')
    assert unquoted('  """one\ntwo"""  ') == "  one\ntwo"
    assert unquoted('/set system """\none\n"""') == "/set system one"


@pytest.mark.parametrize("name", Sampling.model_fields)
def test_every_option_refuses_what_it_is_not_by_its_name(name: str) -> None:
    with pytest.raises(BadValue, match=f"^{name} takes "):
        read_option(name, ["\x00" * 300])


def test_options_are_read_as_their_types() -> None:
    given = ["temperature=0.5", "seed=-3", "stop=a=b", "stop=c", "use_mmap=false", "keep_alive=5m"]
    assert read_options(given) == {
        "temperature": 0.5, "seed": -3, "stop": ["a=b", "c"], "use_mmap": False, "keep_alive": "5m"
    }  # fmt: skip


def test_tables_sizes_and_times_are_as_narrow_as_they_can_be() -> None:
    assert table(("A", "B"), [("水", "x"), ("a", "")]) == "A    B\n水   x\na"
    assert [size(count) for count in (None, 0, 999, 291_554_930, 2_019_393_189, 70_000_000_000)] == [
        "-", "0 B", "999 B", "292 MB", "2.0 GB", "70 GB"
    ]  # fmt: skip
    now = timezone.now()
    assert ago(now - timedelta(hours=3, seconds=5)) == "3 hours ago"
    assert ago(now + timedelta(minutes=1, seconds=5)) == "1 minute from now"
    assert ago(None) == ""
