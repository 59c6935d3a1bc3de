"""What a zip says of itself: what was asked for, how much there is, and each file's size and hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from json import dumps
from tempfile import SpooledTemporaryFile
from typing import IO

from django.utils import timezone

from conversations.transcripts import FORMATS
from conversations.transcripts.document import FORMAT, VERSION

KIND, EDITION = "chatsite-export", 1
_IN_MEMORY = 1024 * 1024
_PIECE = 64 * 1024


class Manifest:
    """Grows with each file; kept on disk, because it has a line for each of them."""

    def __init__(self, filters: dict[str, object], ending: str) -> None:
        self._head = {
            "format": KIND,
            "version": EDITION,
            "filters": filters,
            "files_format": ending,
            "files_revision": FORMATS[ending].revision,
            "transcript": {"format": FORMAT, "version": VERSION},
            "begun_at": timezone.now().isoformat(),
        }
        self._lines: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - lives as long as this
        self._files = self._bytes = 0

    def watched(self, conversation: str, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The same pieces; behind the last one the file is in the manifest."""
        digest, size = hashlib.sha256(), 0
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            yield piece
        line = {"conversation": conversation, "name": name, "bytes": size, "sha256": digest.hexdigest()}
        self._lines.write(b",\n" * bool(self._files) + dumps(line, ensure_ascii=False).encode())
        self._files += 1
        self._bytes += size

    def pieces(self) -> Iterator[bytes]:
        """The document."""
        end = {"ended_at": timezone.now().isoformat(), "conversations": self._files, "bytes": self._bytes}
        yield dumps({**self._head, **end}, ensure_ascii=False, indent=1)[:-2].encode() + b',\n "files": [\n'
        self._lines.seek(0)
        while piece := self._lines.read(_PIECE):
            yield piece
        yield b"\n]}\n"
