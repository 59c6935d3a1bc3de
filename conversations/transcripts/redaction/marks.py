"""Finds what looks like a placeholder already, so that none of ours is taken for it, and what is to stay as it is."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from conversations.transcripts.redaction.findings import Found

_PLACEHOLDER = re.compile(r"\[[A-Z][A-Z0-9_]{0,19}-\d{1,9}\]")

KEPT = ""
"""The label of what is no placeholder's."""


class Marks:
    """Texts in the shape of a placeholder: each gets one of its own."""

    def find(self, text: str) -> Iterator[Found]:
        """Each one."""
        yield from (Found(*each.span(), "MARK", each[0]) for each in _PLACEHOLDER.finditer(text))


class Kept:
    """Words that nothing stands in for."""

    def __init__(self, words: Collection[str]) -> None:
        self._words = re.compile("|".join(map(re.escape, sorted(filter(None, words), key=len, reverse=True))) or "(?!)")

    def find(self, text: str) -> Iterator[Found]:
        """Each one."""
        yield from (Found(*each.span(), KEPT, each[0]) for each in self._words.finditer(text))
