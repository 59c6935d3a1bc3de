"""Takes a stream of JSON apart into its conversations, in the memory of one of them.

The stream is a list of objects, one object, or objects one behind the other (NDJSON).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from django.utils.translation import gettext as _

from conversations.transcripts.importing.errors import Unreadable
from conversations.transcripts.importing.limits import CONVERSATION, DEPTH, MEGABYTE, VALUES

_CHUNK = 64 * 1024
# What a pattern repeats it remembers, so these see a chunk only. Possessive ones, which would not, go wrong before
# Python 3.11.5, and Debian has 3.11.2.
_TO_BRACKET = re.compile(rb'[^\[\]{}"]*(?:"[^"\\]*"[^\[\]{}"]*)*')
_TO_QUOTE = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL)
_VALUES = re.compile(rb'"[^"]*"|([\[{,])')
_BLANK = b" \t\r\n"
_BETWEEN = _BLANK + b","
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Piece:
    """One value of the stream. `place` is its number in a list, else empty."""

    place: str
    data: bytes


class Scanner:
    """Looks at brackets and quotation marks only; whether it is JSON is for others to say."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._kept = bytearray()
        self._depth = self._base = self._count = 0
        self._is_text = self._is_escaped = False
        self._start = 0  # of what is not kept yet, in the chunk

    def pieces(self) -> Iterator[Piece]:
        """Each value. Raises Unreadable for one that is too much, and when the stream ends in the middle of one."""
        chunk = self._stream.read(_CHUNK).removeprefix(_MARK)
        first = chunk.lstrip(_BLANK)[:1]
        if first not in (b"[", b"{", b""):
            raise Unreadable("", _("This is no JSON: it begins with neither { nor [."))
        self._base = 1 if first == b"[" else 0
        while chunk:
            yield from self._look(chunk)
            chunk = self._stream.read(_CHUNK)
        if self._depth or self._is_text or self._kept.strip(_BETWEEN):
            raise Unreadable(self._place(), _("The file ends in the middle, or is no JSON."))

    def _look(self, chunk: bytes) -> Iterator[Piece]:
        at = self._start = 0
        while at < len(chunk):
            if self._is_text:
                at = self._through_text(chunk, at)
                continue
            at = _end(_TO_BRACKET, chunk, at) + 1
            sign = chunk[at - 1 : at]
            if sign == b'"':
                self._is_text = True
            elif sign in (b"[", b"{"):
                self._open(at)
            elif sign:
                yield from self._close(chunk, at)
        self._keep(chunk[self._start :])

    def _through_text(self, chunk: bytes, at: int) -> int:
        """Behind the end of a text, or of the chunk."""
        end = _end(_TO_QUOTE, chunk, at + self._is_escaped)
        self._is_escaped = chunk[end : end + 1] == b"\\"
        self._is_text = chunk[end : end + 1] != b'"'
        return end + 1

    def _open(self, behind: int) -> None:
        if self._depth == 0 and self._base == 1:
            self._start = behind
        self._depth += 1
        if self._depth > DEPTH:
            raise Unreadable(self._place(), _("It is nested deeper than %(count)s levels.") % {"count": DEPTH})

    def _close(self, chunk: bytes, behind: int) -> Iterator[Piece]:
        self._depth -= 1
        if self._depth < 0:
            raise Unreadable(self._place(), _("This is no JSON: a bracket closes that was not opened."))
        if self._depth == self._base:
            self._keep(chunk[self._start : behind])
            yield self._piece()
        elif self._depth == 0:  # the list's own end
            self._keep(chunk[self._start : behind - 1])
            if self._kept.strip(_BETWEEN):
                yield self._piece()
        else:
            return
        self._start = behind

    def _keep(self, data: bytes) -> None:
        if len(self._kept) + len(data) > CONVERSATION:
            raise Unreadable(self._place(), _("It is larger than %(count)s MB.") % {"count": CONVERSATION // MEGABYTE})
        self._kept += data

    def _piece(self) -> Piece:
        data = bytes(self._kept.strip(_BETWEEN))
        if sum(1 for found in _VALUES.finditer(_without_escapes(data)) if found[1]) > VALUES:
            raise Unreadable(self._place(), _("It has more than %(count)s values.") % {"count": f"{VALUES:,}"})
        found = Piece(self._place(), data)
        self._kept.clear()
        self._count += 1
        return found

    def _place(self) -> str:
        return str(self._count) if self._base or self._count else ""


def _end(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    found = pattern.match(data, at)
    return found.end() if found else len(data)


def _without_escapes(data: bytes) -> bytes:
    """Its texts without any quotation mark."""
    return data.replace(b"\\\\", b"").replace(b'\\"', b"")
