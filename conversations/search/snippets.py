"""The place in a text where a query is met: escaped, with <mark> around what was looked for."""

from __future__ import annotations

import re
from functools import lru_cache

from django.utils.html import conditional_escape, format_html_join
from django.utils.safestring import SafeString, mark_safe

from conversations.search.query import Query, Term, folded

AROUND = 70  # characters on each side of the first place
LONGEST = 220
LOOKED_AT = 200_000  # characters
_MARKS_MOST = 12


def snippet(text: str, query: Query) -> SafeString:
    """A line of `text` around the first match; its beginning where none is found in the part that is looked at."""
    text = text[:LOOKED_AT]
    first = next(iter(_places(text, query)), (0, 0))
    begin = _word_start(text, max(0, first[0] - AROUND))
    part = text[begin : max(begin + LONGEST, first[1])]
    pieces: list[SafeString] = []
    at = 0
    for start, end in _places(part, query)[:_MARKS_MOST]:
        pieces += [_plain(part[at:start]), _marked(part[start:end])]
        at = end
    pieces.append(_plain(part[at:]))
    line = mark_safe("".join(pieces))  # noqa: S308  # each piece is escaped
    ends = ("…" if begin else "", "…" if begin + len(part) < len(text) else "")
    return format_html_join("", "{}{}{}", [(ends[0], line, ends[1])])


def fits(text: str, query: Query) -> bool:
    """What the index would say of `text`, for the few that it is not worth asking about."""
    words = folded(text[:LOOKED_AT])
    wanted = all(_pattern_of(term).search(words) for term in query.wanted)
    return wanted and not any(_pattern_of(term).search(words) for term in query.unwanted)


def _pattern_of(term: Term) -> re.Pattern[str]:
    pattern = _pattern((term,))
    assert pattern is not None
    return pattern


def _places(text: str, query: Query) -> list[tuple[int, int]]:
    """Where the wanted terms stand, in order and apart."""
    pattern = _pattern(query.wanted)
    if pattern is None:
        return []
    if text.isascii():
        return [found.span() for found in pattern.finditer(text.lower())]
    signs = [folded(sign) for sign in text]
    starts = [index for index, sign in enumerate(signs) for _letter in sign]
    return [
        (starts[found.start()], starts[found.end() - 1] + 1)
        for found in pattern.finditer("".join(signs))
        if found.end() > found.start()
    ]


@lru_cache(maxsize=64)
def _pattern(terms: tuple[Term, ...]) -> re.Pattern[str] | None:
    if not terms:
        return None
    return re.compile("|".join(_of_term(term) for term in sorted(terms, key=lambda term: -len(term.words))))


def _of_term(term: Term) -> str:
    # A word ends where no letter and no digit follows; `_` is neither.
    words = r"[\W_]+".join(map(re.escape, term.words))
    return rf"(?<![^\W_]){words}" + (r"[^\W_]*" if term.is_beginning else r"(?![^\W_])")


def _word_start(text: str, at: int) -> int:
    """The next beginning of a word, where one is near."""
    space = text.find(" ", at, at + 20) if at else -1
    return at if space < 0 else space + 1


def _plain(text: str) -> SafeString:
    return conditional_escape(text)


def _marked(text: str) -> SafeString:
    return format_html_join("", "<mark>{}</mark>", [(text,)])
