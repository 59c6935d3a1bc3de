"""Text files: told from binary ones, and decoded."""

from __future__ import annotations

import codecs
import mimetypes
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16's, which begins alike
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Tab, line ends, form feed and escape (of coloured logs) stand in texts.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_MOST_CONTROLS = 0.001


def decode(data: bytes) -> str | None:
    """The text of a file in UTF-8, UTF-16, UTF-32 with a mark, or Windows-1252; None when it is no text."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _text(data, encoding)
    if b"\x00" in data[:4096]:
        return _text(data, _utf16(data))
    text = _text(data, "utf-8")
    return _text(data, "cp1252") if text is None else text


def media_type_of(name: str) -> str:
    """What the name says it is, if that is some kind of text."""
    found = mimetypes.guess_type(name)[0] or ""
    is_text = found.startswith("text/") or re.search(r"(json|xml|javascript|x-sh|sql|yaml|toml)$", found)
    return found if is_text else "text/plain"


def _utf16(data: bytes) -> str:
    """Western text in UTF-16 has its zeros at one side of each pair."""
    even, odd = data[:4096:2].count(0), data[1:4096:2].count(0)
    return "utf-16-le" if odd > even else "utf-16-be"


def _text(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    controls = sum(1 for _ in _CONTROL.finditer(text))
    return text if controls <= len(text) * _MOST_CONTROLS else None
