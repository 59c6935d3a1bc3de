"""Packages on their way to a browser or a program."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from json import dumps

from django.http import StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.http import content_disposition_header

from conversations.exports import keys
from conversations.exports.packages import MEDIA_TYPES, Writing, file_name
from conversations.exports.request import ExportRequest
from conversations.exports.rights import ExportRefused
from conversations.tasks import read

PIECE = 64 * 1024
SECONDS = 0.05
"""A thread works so long on a stream before it is somebody else's turn."""


def package_answer(pieces: AsyncIterator[bytes], request: ExportRequest) -> StreamingHttpResponse:
    """A download under a name that says what it is, kept by nobody on the way."""
    answer = StreamingHttpResponse(pieces, content_type=MEDIA_TYPES[request.package])
    answer["Content-Disposition"] = str(content_disposition_header(as_attachment=True, filename=file_name(request)))
    answer["Cache-Control"] = "no-store"
    if request.package == "zip":
        answer["Content-Encoding"] = "identity"  # else it would be packed again, on the way and in vain
    return answer


def key_answer(pieces: AsyncIterator[bytes]) -> StreamingHttpResponse:
    """The key to a redacted export, as a download of its own."""
    answer = StreamingHttpResponse(pieces, content_type="application/json")
    name = f"key to redacted conversations {timezone.localdate():%Y-%m-%d}.json"
    answer["Content-Disposition"] = str(content_disposition_header(as_attachment=True, filename=name))
    answer["Cache-Control"] = "no-store"
    return answer


async def sent(writing: Writing, language: str) -> AsyncIterator[bytes]:
    """The package while it is written. Whoever goes away ends it: nothing is read that nobody waits for."""
    pieces = writing.pieces()
    try:
        while piece := await read(_gathered, pieces, language):
            yield piece
        await read(keys.keep, writing)
    except ExportRefused as error:  # it was taken away meanwhile; a zip shows by itself that it was cut off
        if writing.request.package == "ndjson":
            yield dumps({"error": error.code}).encode() + b"\n"


def _gathered(pieces: Iterator[bytes], language: str) -> bytes:
    """The next pieces that are worth sending together; empty behind the last."""
    kept, until = bytearray(), time.monotonic() + SECONDS
    with translation.override(language):
        for piece in pieces:
            kept += piece
            if len(kept) >= PIECE or time.monotonic() > until:
                break
    return bytes(kept)
