"""Goes through the conversations and writes them, a small piece at a time.

No query stays open between two pieces, so each may be asked for by another thread. Conversations come by their numbers,
so nothing comes twice and nothing is left out that was there all the time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

from django.db.models import QuerySet
from django.utils import timezone

from conversations.exports.blind import veils_for
from conversations.exports.hiding import NOTHING, Hide, redacted_by, site_redactor
from conversations.exports.packages.archive import Archive
from conversations.exports.packages.manifest import Manifest
from conversations.exports.request import ExportRequest
from conversations.exports.rights import OPERATOR, ExportRefused, Operator, Reader
from conversations.models import Conversation
from conversations.review.reading import sitting_of
from conversations.transcripts import FORMATS, Outline, Redactor, outlines
from conversations.transcripts.redaction.patterns import TooSlow

BATCH = 100  # conversations whose reading is recorded, and whose reader is looked at again, together
MEDIA_TYPES = {"zip": "application/zip", "ndjson": "application/x-ndjson"}


@dataclass
class Writing:
    """One export; `done` conversations are in what was written so far.

    `hide` says for each of a batch what is hidden of it, by its id. The key to the placeholders of `redactor` is kept
    under `number`.
    """

    request: ExportRequest
    chosen: QuerySet[Conversation]
    reader: Reader | Operator = OPERATOR
    hide: Hide = NOTHING
    redactor: Redactor | None = None
    number: UUID = field(default_factory=uuid4)
    done: int = field(default=0, init=False)

    @classmethod
    def of(
        cls,
        request: ExportRequest,
        reader: Reader,
        chosen: QuerySet[Conversation] | None = None,
        number: UUID | None = None,
    ) -> Writing:
        """What `reader` asked for, or `chosen` in its place. Raises ExportRefused."""
        reader.check()
        redactor, number = site_redactor(request.kinds), number or uuid4()
        if redactor:  # a sitting of its own, so that the key knows what it is to
            reader = replace(reader, sitting=sitting_of(f"export {number}"))
        found = request.found_for(reader) if chosen is None else chosen
        hide = redacted_by(redactor, veils_for(reader, request))
        return cls(request, found, reader, hide, redactor, number)

    def count(self) -> int:
        """How many conversations there are to write."""
        return self.chosen.order_by().count()

    def pieces(self) -> Iterator[bytes]:
        """The file. Raises ExportRefused when the reader may not go on, and when the site's patterns take too long."""
        try:
            yield from self._zip() if self.request.package == "zip" else self._lines()
        except TooSlow as error:
            raise ExportRefused("patterns_slow") from error

    def _outlines(self) -> Iterator[Outline]:
        ordered = self.chosen.order_by("pk")
        last = None
        while batch := list((ordered.filter(pk__gt=last) if last else ordered)[:BATCH]):
            self.reader.check()
            self.reader.record(batch)
            yield from outlines(batch, self.hide(batch))
            last = batch[-1].pk

    def _lines(self) -> Iterator[bytes]:
        wanted = FORMATS["json"]
        for found in self._outlines():
            # Line ends stand only between the values of a document: within texts JSON escapes them.
            yield from (piece.replace(b"\n", b"") for piece in wanted.write(found))
            yield b"\n"
            self.done += 1

    def _zip(self) -> Iterator[bytes]:
        wanted = FORMATS[self.request.format]
        archive, manifest = Archive(), Manifest(self.request.told(), self.request.format)
        for found in self._outlines():
            name = f"{found.conversation.id} {wanted.file_name(found.conversation.title, bool(found.redactor))}"
            pieces = manifest.watched(str(found.conversation.id), name, wanted.write(found))
            yield from archive.add(name, found.conversation.updated_at, pieces)
            self.done += 1
        yield from archive.add("manifest.json", timezone.now(), manifest.pieces())
        yield from archive.end()


def file_name(request: ExportRequest) -> str:
    """What the file is called where it is saved."""
    redacted = "redacted " if request.redact else ""
    return f"{redacted}conversations {timezone.localdate():%Y-%m-%d}.{request.package}"
