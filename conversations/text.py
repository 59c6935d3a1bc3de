"""Cleaning whatever a person or a model wrote, so that every database and every browser can hold it."""

from __future__ import annotations

import re

# Lone surrogates cannot be encoded, NUL is refused by PostgreSQL, U+FFFE/FFFF are no characters.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff\ufffe\uffff]")
_INVISIBLE = re.compile(r"[\s\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u00ad]+")


def clean_text(text: str) -> str:
    """`text` without NUL, with U+FFFD for what no encoding can carry. Idempotent."""
    if text.isascii() and "\x00" not in text:
        return text
    return _UNSTORABLE.sub(lambda found: "" if found[0] == "\x00" else "\ufffd", text)


def storable(text: str) -> str:
    """The same, for names that nobody may change. Raises ValueError where `clean_text` would."""
    if clean_text(text) != text:
        raise ValueError("There are signs in it that cannot be stored.")
    return text


def clean_line(text: str, limit: int) -> str:
    """One line for titles and names: cleaned, white space folded, at most `limit` characters."""
    line = " ".join(clean_text(text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def is_blank(text: str) -> bool:
    """Whether nothing in `text` can be seen: white space and zero-width characters only."""
    return _INVISIBLE.sub("", text) == ""
