"""What a person typed into a search box, as terms: words, "phrases", beginnings* and -exclusions.

Whatever they type is a query: no sign has a meaning to the database that it was not given here.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from conversations.text import clean_text

LIMIT = 300  # characters that are read
MOST_TERMS = 16
SHORTEST_BEGINNING = 3  # characters: a shorter one stands for a large part of all words
_TERM = re.compile(r'(-?)(?:"([^"]*)("?)|([^\s"]+))')
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Term:
    """Words that follow each other; of the last one only the beginning when `is_beginning`."""

    words: tuple[str, ...]
    is_beginning: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A message fits that has all of `wanted` and none of `unwanted`."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...] = ()

    @property
    def finds_nothing(self) -> bool:
        """Whether it names nothing to look for."""
        return not self.wanted

    def as_fts5(self) -> str:
        """For SQLite's MATCH."""
        found = f"({' AND '.join(map(_fts5, self.wanted))})"
        return f"{found} NOT ({' OR '.join(map(_fts5, self.unwanted))})" if self.unwanted else found

    def as_tsquery(self) -> str:
        """For PostgreSQL's to_tsquery."""
        return " & ".join([*map(_tsquery, self.wanted), *(f"!({_tsquery(term)})" for term in self.unwanted)])


def folded(text: str) -> str:
    """As the index sees it: small letters without accents."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in parts if not unicodedata.combining(sign)).lower()


def parse(text: str) -> Query:
    """The first terms of `text`; of more than LIMIT characters the rest is not read."""
    wanted: list[Term] = []
    unwanted: list[Term] = []
    for minus, quoted, _end, bare in _TERM.findall(clean_text(text)[:LIMIT])[:MOST_TERMS]:
        term = _term(quoted or bare, is_quoted=not bare)
        if term is not None:
            (unwanted if minus else wanted).append(term)
    return Query(tuple(dict.fromkeys(wanted)), tuple(dict.fromkeys(unwanted)))


def _term(text: str, *, is_quoted: bool) -> Term | None:
    words = tuple(_WORD.findall(folded(text)))
    if not words:
        return None
    return Term(words, not is_quoted and text.endswith("*") and len(words[-1]) >= SHORTEST_BEGINNING)


def _fts5(term: Term) -> str:
    return f'"{" ".join(term.words)}"' + (" *" if term.is_beginning else "")


def _tsquery(term: Term) -> str:
    return " <-> ".join([f"'{word}'" for word in term.words]) + (":*" if term.is_beginning else "")
