"""Goes through the conversations and writes them, a small piece at a time.

No query stays open between two pieces, so each may be asked for by another thread. Conversations come by their numbers,
so nothing comes twice and nothing is left out that was there all the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.utils import timezone

from conversations.exports.blind import outlines_for
from conversations.exports.packages.archive import Archive
from conversations.exports.packages.manifest import Manifest
from conversations.exports.request import ExportRequest
from conversations.exports.rights import Reader
from conversations.models import Conversation
from conversations.transcripts import FORMATS, Outline, outline

BATCH = 100  # conversations whose reading is recorded, and whose reader is looked at again, together
MEDIA_TYPES = {"zip": "application/zip", "ndjson": "application/x-ndjson"}
Read = Callable[[Conversation], Outline]


@dataclass
class Writing:
    """One export; `done` conversations are in what was written so far. Without a `reader` it is the operator's.

    `read` makes the outline: where names are to be hidden, another one than the plain.
    """

    request: ExportRequest
    chosen: QuerySet[Conversation]
    reader: Reader | None = None
    read: Read = outline
    done: int = field(default=0, init=False)

    @classmethod
    def of(cls, request: ExportRequest, reader: Reader) -> Writing:
        """What `reader` asked for. Raises ExportRefused."""
        reader.check()
        return cls(request, request.found_for(reader), reader, outlines_for(reader, request))

    def count(self) -> int:
        """How many conversations there are to write."""
        return self.chosen.order_by().count()

    def pieces(self) -> Iterator[bytes]:
        """The file. Raises ExportRefused when the reader may not go on."""
        return self._zip() if self.request.package == "zip" else self._lines()

    def _conversations(self) -> Iterator[Conversation]:
        ordered = self.chosen.order_by("pk")
        last = None
        while batch := list((ordered.filter(pk__gt=last) if last else ordered)[:BATCH]):
            if self.reader:
                self.reader.check()
                self.reader.record(batch)
            yield from batch
            last = batch[-1].pk

    def _lines(self) -> Iterator[bytes]:
        wanted = FORMATS["json"]
        for conversation in self._conversations():
            # Line ends stand only between the values of a document: within texts JSON escapes them.
            yield from (piece.replace(b"\n", b"") for piece in wanted.write(self.read(conversation)))
            yield b"\n"
            self.done += 1

    def _zip(self) -> Iterator[bytes]:
        wanted = FORMATS[self.request.format]
        archive, manifest = Archive(), Manifest(self.request.told(), self.request.format)
        for conversation in self._conversations():
            found = self.read(conversation)
            name = f"{found.conversation.id} {wanted.file_name(found.conversation.title, bool(found.redactor))}"
            pieces = manifest.watched(str(found.conversation.id), name, wanted.write(found))
            yield from archive.add(name, found.conversation.updated_at, pieces)
            self.done += 1
        yield from archive.add("manifest.json", timezone.now(), manifest.pieces())
        yield from archive.end()


def file_name(request: ExportRequest) -> str:
    """What the file is called where it is saved."""
    return f"conversations {timezone.localdate():%Y-%m-%d}.{request.package}"
