"""Finds the people of the site by their names: usernames, full names, and their parts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from conversations.models import User
from conversations.transcripts.redaction.findings import Found

_WORDS = re.compile(r"[^\W_]+")
_PARTS = re.compile(r"\s+")
# Written without blanks between words, so that a name may stand anywhere.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_SHORTEST = 2


class _Name(NamedTuple):
    """`is_part`: a first or last name alone, which may be a word too, so it must begin with a capital letter."""

    text: str
    identity: str
    is_part: bool


class Names:
    """The people's names. One character is none, and two are one only as they were written."""

    def __init__(self, people: Iterable[tuple[int, str, str, str]]) -> None:
        """`people`: number, username, first and last name."""
        self._by_word: dict[str, list[_Name]] = {}
        self._unspaced: dict[str, str] = {}
        digest = sha256()
        for name in sorted(set(_names(people)), key=lambda name: (-len(name.text), name)):
            digest.update(repr(name).encode())
            if _UNSPACED.search(name.text):
                self._unspaced.setdefault(name.text, name.identity)
            elif word := _WORDS.search(name.text):
                self._by_word.setdefault(word[0].casefold(), []).append(name)
        found = "|".join(map(re.escape, sorted(self._unspaced, key=len, reverse=True)))
        self._anywhere = re.compile(found) if found else None
        self.digest = digest.hexdigest()

    @classmethod
    def of_the_site(cls) -> Names:
        """Everybody's who has an account."""
        return cls(User.objects.order_by("pk").values_list("pk", "username", "first_name", "last_name"))

    def find(self, text: str) -> Iterator[Found]:
        """Each name, the longest where several begin."""
        end = 0
        for word in _WORDS.finditer(text):
            known = self._by_word.get(word[0].casefold())
            found = known and next(filter(None, (_match(name, text, word.start()) for name in known)), None)
            if found and found.start >= end:
                end = found.end
                yield found
        if self._anywhere:
            for each in self._anywhere.finditer(text):
                yield Found(*each.span(), "PERSON", self._unspaced[each[0]])


def _names(people: Iterable[tuple[int, str, str, str]]) -> Iterator[_Name]:
    """A part that several share is nobody's in particular: the same name has the same placeholder."""
    owners: dict[str, set[int]] = {}
    rows = list(people)
    for number, _username, *parts in rows:
        for part in filter(None, map(str.strip, parts)):
            owners.setdefault(part.casefold(), set()).add(number)
    for number, username, first, last in rows:
        person = f"user {number}"
        whole = f"{first} {last}".strip()
        yield from (_Name(name, person, False) for name in (username, whole) if len(name) >= _SHORTEST)
        for part in {first.strip(), last.strip()} - {whole}:
            if len(part) > _SHORTEST or (len(part) == _SHORTEST and _UNSPACED.search(part)):
                shared = len(owners[part.casefold()]) > 1
                yield _Name(part, f"name {part.casefold()}" if shared else person, True)


def _match(name: _Name, text: str, start: int) -> Found | None:
    word = _WORDS.search(name.text)
    begin = start - (word.start() if word else 0)
    if begin < 0:
        return None
    found = _pattern(name.text).match(text, begin)
    if found is None or (name.is_part and text[start].islower()):
        return None
    return Found(*found.span(), "PERSON", name.identity)


@lru_cache(4096)
def _pattern(name: str) -> re.Pattern[str]:
    """The parts of a full name may stand apart as file names have them."""
    parts = r"[\s._-]{1,3}".join(map(re.escape, _PARTS.split(name.strip())))
    return re.compile(rf"(?<![^\W_]){parts}(?![^\W_])", re.IGNORECASE if len(name) > _SHORTEST else 0)
