"""Opens what was handed in: JSON, or a zip with JSON in it, which is never unpacked further than it may be."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import IO, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from django.utils.translation import gettext as _

from conversations.transcripts.importing.errors import Unreadable
from conversations.transcripts.importing.limits import ENTRIES, MEGABYTE, RATIO, UNPACKED

_SIGNATURE = b"PK\x03\x04"
_END = b"PK\x05\x06"
_LARGE_END = b"PK\x06\x07"
_END_LENGTH = 22 + 65_535
_DAMAGED = (BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError)
_CATALOG = 32 * MEGABYTE
_CHATGPT = re.compile(r"(?:^|/)conversations(?:-\d+)?\.json$")
_JSON = re.compile(r"\.(?:json|jsonl|ndjson)$", re.IGNORECASE)


def opened(file: IO[bytes], name: str) -> Iterator[tuple[str, IO[bytes]]]:
    """Each stream of JSON with its name. The file can be read from any place. Raises Unreadable."""
    start = file.read(len(_SIGNATURE))
    file.seek(0)
    if start != _SIGNATURE:
        yield name, file
        return
    _check_catalog(file)
    try:
        with ZipFile(file) as package:
            yield from _streams(package)
    except _DAMAGED as error:
        raise Unreadable("", _("The zip file is damaged: %(why)s") % {"why": error}) from error


def _streams(package: ZipFile) -> Iterator[tuple[str, IO[bytes]]]:
    """ChatGPT's conversations where they are, else everything that is JSON."""
    entries = [entry for entry in package.infolist() if not entry.is_dir()]
    chosen = [entry for entry in entries if _CHATGPT.search(entry.filename)]
    chosen = chosen or [entry for entry in entries if _JSON.search(entry.filename)]
    if not chosen:
        raise Unreadable("", _("There is no JSON in the zip file."))
    left = UNPACKED
    for entry in chosen:
        if entry.flag_bits & 1 or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise Unreadable(entry.filename, _("It is locked, or packed in a way that is not read."))
        with package.open(entry) as source:
            bounded = _Bounded(source, entry, left)
            yield entry.filename, cast("IO[bytes]", bounded)
        left -= bounded.count


class _Bounded:
    """A stream that ends with an error before it is too much."""

    def __init__(self, source: IO[bytes], entry: ZipInfo, left: int) -> None:
        self._source, self._name = source, entry.filename
        self._most = min(left, MEGABYTE + RATIO * entry.compress_size)
        self.count = 0

    def read(self, size: int) -> bytes:
        """At most `size` bytes. Raises Unreadable."""
        try:
            data = self._source.read(size)
        except _DAMAGED as error:
            raise Unreadable(self._name, _("The zip file is damaged: %(why)s") % {"why": error}) from error
        self.count += len(data)
        if self.count > self._most:
            raise Unreadable(self._name, _("Unpacked it is too large, or too many times larger than packed."))
        return data


def _check_catalog(file: IO[bytes]) -> None:
    """The list of files at the end of the zip is read as a whole, so it is looked at first."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_LENGTH - 20))
    end = file.read()
    file.seek(0)
    at = end.rfind(_END)
    if at < 0 or len(end) < at + 22:
        raise Unreadable("", _("The zip file is damaged: %(why)s") % {"why": _("it has no end.")})
    length = int.from_bytes(end[at + 12 : at + 16], "little")
    if end[max(0, at - 20) : at].startswith(_LARGE_END) or length > _CATALOG:
        raise Unreadable("", _("There are more than %(count)s files in the zip file.") % {"count": f"{ENTRIES:,}"})
