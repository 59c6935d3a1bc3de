"""What a site redacts beside names, mails and phones: its own patterns, which cannot run away.

A file has a pattern a line; blank lines and those that begin with `#` are passed over. `WORD: pattern` names the
placeholder ([WORD-1]), else it is [CUSTOM-1]. A pattern is a regular expression of a subset for which the work on a
text has an end that is known before: no look-around, no reference back, nothing repeated that repeats or chooses
inside, and each `*` and `+` ends after 64.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from conversations.transcripts.redaction.findings import Found

MOST = 100
LONGEST = 500  # characters of one
MOST_REPEATED = 64
MOST_WORK = 5000  # ways to try one pattern at one place
SECONDS = 60.0  # for a conversation
_WINDOW = 8192
_LABEL = re.compile(r"([A-Z][A-Z0-9_]{0,19}): *")
_TOKEN = re.compile(
    r"(?P<repeat>(?:[*+?]|\{\d{1,3}(?:,\d{0,3})?\})\??)|(?P<open>\((?:\?:)?)|(?P<close>\))|(?P<or>\|)"
    r"|(?P<one>\\[dDwWsSbB]|\\[^\w\s]|\\[nrt]|\[\^?\]?(?:\\.|[^\]\\])*\]|[^\\\[\]*+?(){}|])",
    re.DOTALL,
)


class BadPattern(ValueError):
    """A pattern that is not taken; the text says which line, and what to write instead."""


class TooSlow(RuntimeError):
    """The patterns took longer than `SECONDS`; the text names the one that was being looked for."""


class Pattern(NamedTuple):
    """`width`: characters that it finds at most."""

    label: str
    regex: re.Pattern[str]
    width: int


class _Cost(NamedTuple):
    """Of a part of a pattern: how many ways there are to try it, and how wide it is."""

    ways: int = 1
    width: int = 0

    def then(self, other: _Cost) -> _Cost:
        return _Cost(self.ways * other.ways, self.width + other.width)

    def instead(self, other: _Cost) -> _Cost:
        return _Cost(self.ways + other.ways, max(self.width, other.width))


@dataclass(slots=True)
class Patterns:
    """The patterns of a site, with the time that they may still take in a conversation."""

    patterns: tuple[Pattern, ...] = ()
    _left: float = field(default=SECONDS)

    @property
    def digest(self) -> str:
        """Changes with every pattern."""
        return sha256(repr([(each.label, each.regex.pattern) for each in self.patterns]).encode()).hexdigest()

    def begin(self) -> None:
        """Another conversation."""
        self._left = SECONDS

    def find(self, text: str) -> Iterator[Found]:
        """What each pattern finds, one pattern behind the other. Raises TooSlow."""
        for pattern in self.patterns:
            for start, end in self._search(pattern, text):
                yield Found(start, end, pattern.label, text[start:end])

    def _search(self, pattern: Pattern, text: str) -> Iterator[tuple[int, int]]:
        """In windows, so that the clock is looked at between them. None is wider than a window."""
        at = 0
        while at < len(text):
            begun = time.monotonic()
            found = pattern.regex.search(text, at, at + _WINDOW + pattern.width + 1)
            self._left -= time.monotonic() - begun
            if self._left < 0:
                raise TooSlow(f"{pattern.regex.pattern} takes too long on these texts. Make it narrower.")
            if found is None:
                at += _WINDOW
                continue
            at = max(found.end(), found.start() + 1)
            if found.end() > found.start():
                yield found.span()


def read_patterns(path: Path) -> Patterns:
    """Those of a file. Raises BadPattern, OSError."""
    return patterns_of(path.read_text("utf-8").splitlines())


def patterns_of(lines: Iterable[str]) -> Patterns:
    """Those of the lines of a file. Raises BadPattern."""
    found = []
    for number, line in enumerate(lines, 1):
        if (text := line.strip()) and not text.startswith("#"):
            try:
                found.append(pattern_of(text))
            except BadPattern as error:
                raise BadPattern(f"Line {number}: {error}") from None
    if len(found) > MOST:
        raise BadPattern(f"There are {len(found)} patterns; at most {MOST} are looked for.")
    return Patterns(tuple(found))


def pattern_of(text: str) -> Pattern:
    """One, with its label. Raises BadPattern."""
    label = _LABEL.match(text)
    words = text[label.end() :] if label else text
    if len(words) > LONGEST:
        raise BadPattern(f"It has {len(words)} characters; at most {LONGEST} are taken.")
    tokens = _tokens(words)
    cost = _Reader(tokens).whole()
    if cost.ways > MOST_WORK:
        raise BadPattern(f"It could be tried in {cost.ways:,} ways at one place; at most {MOST_WORK:,} are taken.")
    try:
        regex = re.compile("".join(written for _, written in tokens))
    except re.error as error:
        raise BadPattern(f"It is no regular expression: {error}") from None
    if regex.search(""):
        raise BadPattern("It finds nothing at all everywhere. Let it begin with something that must be there.")
    return Pattern(label[1] if label else "CUSTOM", regex, cost.width)


def _tokens(text: str) -> list[tuple[str, str]]:
    """Kinds and texts, each repetition with an end."""
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None or (text.startswith("(?", at) and not text.startswith("(?:", at)):
            raise BadPattern(f"{text[at : at + 10]!r} is not taken in patterns.")
        kind = str(token.lastgroup)
        found.append((kind, _bounded(token[0]) if kind == "repeat" else token[0]))
        at = token.end()
    return found


def _bounded(repeat: str) -> str:
    ends = {"*": f"{{0,{MOST_REPEATED}}}", "+": f"{{1,{MOST_REPEATED}}}", "?": "{0,1}"}
    lazy = "?" if len(repeat) > 1 and repeat.endswith("?") else ""
    repeat = ends.get(repeat.removesuffix(lazy), repeat.removesuffix(lazy))
    least, comma, most = repeat[1:-1].partition(",")
    least = least or "0"
    most = (most or str(max(MOST_REPEATED, int(least)))) if comma else least
    if int(most) > 255 or int(least) > int(most):
        raise BadPattern(f"{repeat} is not taken: repeat up to 255 times.")
    return f"{{{least},{most}}}{lazy}"


class _Reader:
    """Adds up what a pattern costs."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0

    def whole(self) -> _Cost:
        """Of all of it. Raises BadPattern."""
        cost = self._choice()
        if self._at < len(self._tokens):
            raise BadPattern("There is a ) without its (.")
        return cost

    def _choice(self) -> _Cost:
        cost = self._row()
        while self._next() == "or":
            self._at += 1
            cost = cost.instead(self._row())
        return cost

    def _row(self) -> _Cost:
        cost = _Cost()
        while self._next() in ("one", "open"):
            cost = cost.then(self._repeated(self._item()))
        if self._next() == "repeat":
            raise BadPattern("There is nothing to repeat.")
        return cost

    def _item(self) -> _Cost:
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind == "one":
            return _Cost(1, 0 if text in (r"\b", r"\B", "^", "$") else 1)
        cost = self._choice()
        if self._next() != "close":
            raise BadPattern("There is a ( without its ).")
        self._at += 1
        return cost

    def _repeated(self, cost: _Cost) -> _Cost:
        if self._next() != "repeat":
            return cost
        least, most = map(int, self._tokens[self._at][1].strip("{}?").split(","))
        self._at += 1
        if most > 1 and cost.ways > 1:
            raise BadPattern("Something is repeated that repeats or chooses inside. Write it out instead.")
        return _Cost(cost.ways + (least == 0) if most <= 1 else most - least + 1, cost.width * most)

    def _next(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""
