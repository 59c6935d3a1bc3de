"""The formats of a transcript by their ending, and the names of the files they are saved as."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from conversations.transcripts import csv, docx, html, json, jsonl, markdown, text
from conversations.transcripts.chain.links import last_link
from conversations.transcripts.document import PLAIN, Edition, TranscriptConversation, TranscriptMessage
from conversations.transcripts.outline import Outline

_UNSAFE = re.compile(r'[/\\:*?"<>|%]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_LONGEST = 150  # bytes: every file system takes 255, and browsers add to it
_PIECE = 64 * 1024


class Pieces(Protocol):
    """Writes a transcript of the given messages."""

    def __call__(
        self, conversation: TranscriptConversation, messages: Iterable[TranscriptMessage], edition: Edition = PLAIN
    ) -> Iterator[str] | Iterator[bytes]:
        """The document in pieces, a message at a time."""


@dataclass(frozen=True, slots=True)
class Format:
    """How a transcript is written. `revision` changes when the same conversation is written differently."""

    ending: str
    media_type: str
    revision: int
    is_whole_tree: bool
    is_translated: bool
    pieces: Pieces

    def write(self, found: Outline) -> Iterator[bytes]:
        """The document in pieces that are worth sending one by one. Reads the database between them."""
        return self._joined(found, [tuple(found.tree) if self.is_whole_tree else found.path])

    def write_paths(self, found: Outline) -> Iterator[bytes]:
        """The document of every path, one behind the other; of use where a document is a line."""
        return self._joined(found, found.paths())

    def _joined(self, found: Outline, parts: Iterable[tuple[int, ...]]) -> Iterator[bytes]:
        kept = bytearray()
        edition = _edition(found, self.is_whole_tree)
        for numbers in parts:
            for piece in self.pieces(found.conversation, found.messages(numbers), edition):
                kept += piece if isinstance(piece, bytes) else piece.encode()
                if len(kept) >= _PIECE:
                    yield bytes(kept)
                    kept.clear()
        if kept:
            yield bytes(kept)

    def file_name(self, title: str, is_redacted: bool = False) -> str:
        """A name that every file system takes, from what a person or a model called the conversation."""
        title = f"redacted {title}" if is_redacted else title
        name = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in title)
        name = " ".join(_UNSAFE.sub(" ", unicodedata.normalize("NFC", name)).split()).strip(". ")
        name = name.encode()[:_LONGEST].decode(errors="ignore").strip(". ")
        if not name or _RESERVED.match(name):
            name = f"conversation {name}".strip()
        return f"{name}.{self.ending}"


def _edition(found: Outline, is_whole_tree: bool) -> Edition:
    def last() -> str:
        return last_link(found.conversation, found.messages(found.tree), Edition(found.redacted))

    if not found.redacted or is_whole_tree:
        return Edition(found.redacted, last)
    told = last()  # first of all, so that each format numbers its placeholders in the order of the tree
    return Edition(found.redacted, lambda: told)


_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FORMATS = {
    found.ending: found
    for found in (
        Format("html", "text/html; charset=utf-8", 3, False, True, html.pieces),
        Format("docx", _WORD, 3, False, True, docx.pieces),
        Format("md", "text/markdown; charset=utf-8", 4, False, True, markdown.pieces),
        Format("txt", "text/plain; charset=utf-8", 3, False, True, text.pieces),
        Format("csv", "text/csv; charset=utf-8; header=present", 1, True, False, csv.pieces),
        Format("json", "application/json", 5, True, False, json.pieces),
        Format("jsonl", "application/jsonl; charset=utf-8", 1, False, False, jsonl.pieces),
    )
}
