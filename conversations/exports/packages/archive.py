"""A zip that is written once from its beginning to its end, with the standard library, in flat memory.

`ZipFile` keeps an object for each file until it writes the directory at the end: a hundred thousand are 70 MB. Here
what the directory will say is kept in a temporary file.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterable, Iterator
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

LEVEL = 4
"""Of compression: a third quicker than the default, and 3 % larger."""
_IN_MEMORY = 1024 * 1024
_PIECE = 64 * 1024
_FIELDS = (
    "filename", "date_time", "compress_type", "external_attr", "flag_bits", "CRC", "compress_size", "file_size",
    "header_offset", "extract_version", "create_version",
)  # fmt: skip


class Archive:
    """`add` and `end` yield what is to be sent."""

    def __init__(self) -> None:
        self._sink = _Sink()
        self._zip = ZipFile(self._sink, "w", ZIP_DEFLATED, compresslevel=LEVEL)
        self._zip.filelist = _Directory()  # type: ignore[assignment]
        self._zip.NameToInfo = _Forgetful()
        self._has_begun = False

    def add(self, name: str, at: datetime, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """A file of that content."""
        about = ZipInfo(name, (max(1980, at.year), at.month, at.day, at.hour, at.minute, at.second))
        about.compress_type, about._compresslevel = ZIP_DEFLATED, LEVEL  # type: ignore[attr-defined]
        about.external_attr = 0o600 << 16
        with self._zip.open(about, "w", force_zip64=True) as part:
            for piece in pieces:
                part.write(piece)
                yield from self._sent(_PIECE)
        yield from self._sent(_PIECE)

    def end(self) -> Iterator[bytes]:
        """The directory."""
        self._zip.close()
        yield from self._sent(1)

    def _sent(self, least: int) -> Iterator[bytes]:
        """What was written since, when it is worth sending; the very first is, so that a download begins."""
        if self._sink.waiting >= (least if self._has_begun else 1):
            self._has_begun = True
            yield from self._sink.taken()


class _Sink(io.RawIOBase):
    """What the zip is written to: it only ever grows, so that ZipFile puts each file's sizes behind it."""

    def __init__(self) -> None:
        self._kept: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - lives as long as this

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self._kept.write(data)

    @property
    def waiting(self) -> int:
        """Bytes that were not taken yet."""
        return self._kept.tell()

    def taken(self) -> Iterator[bytes]:
        """Those bytes."""
        self._kept.seek(0)
        while piece := self._kept.read(_PIECE):
            yield piece
        self._kept.seek(0)
        self._kept.truncate()


class _Directory:
    """In place of the list of files."""

    def __init__(self) -> None:
        self._kept: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - lives as long as this
        self._count = 0

    def append(self, about: ZipInfo) -> None:
        self._kept.seek(0, io.SEEK_END)
        pickle.dump([getattr(about, name) for name in _FIELDS], self._kept)
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[ZipInfo]:
        self._kept.seek(0)
        for _ in range(self._count):
            values = pickle.load(self._kept)  # noqa: S301 - written above, by us
            about = ZipInfo()
            for name, value in zip(_FIELDS, values, strict=True):
                setattr(about, name, value)
            yield about


class _Forgetful(dict[str, ZipInfo]):
    """In place of the files by name, which nobody asks for."""

    def __setitem__(self, name: str, about: ZipInfo) -> None:
        pass
