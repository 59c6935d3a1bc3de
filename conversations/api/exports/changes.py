"""What has changed since, line by line: for programs that keep a copy."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator
from typing import Annotated

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from ninja import Query, Router
from pydantic import Field

from conversations.api.exports.streams import NEEDS, reader_of
from conversations.api.problems import Problem, Unacceptable
from conversations.exports.changes import Deleted, Edited, End, Head, Page, page
from conversations.exports.changes.lines import Line
from conversations.exports.rights import ExportRefused, Whose
from conversations.models.exports.change import BEGINNING, Place
from conversations.models.review.access_record import REASON_LIMIT
from conversations.tasks import read

router = Router(tags=["exports"])
LINES = "application/x-ndjson"
_LARGEST = 2**63


@router.get(
    "/export",
    response={200: Head | Edited | Deleted | End, 401: Problem, 403: Problem, 422: Problem, 429: Problem},
    auth=NEEDS,
    url_name="changes",
    operation_id="readChanges",
    summary="Read what was created, edited or deleted since",
    openapi_extra={"responses": {200: {"content": {LINES: {"schema": {"type": "string"}}}}}},
)
def read_changes(
    request: HttpRequest,
    cursor: Annotated[str, Query(), Field(max_length=80)] = "",
    limit: Annotated[int, Query(), Field(ge=1, le=1000)] = 200,
    whose: Whose = "own",
    reason: Annotated[str, Query(), Field(max_length=REASON_LIMIT)] = "",
) -> HttpResponseBase:
    """A line of JSON for each change, in order; the last line is the `end` with the cursor of what follows (`next`),
    which the header `Next-Cursor` has, too. Without a cursor it begins at the beginning.

    Every message that was created, edited or deleted is told once, at its last change. A reply is told when it has its
    end. Take a line for a message or a conversation in place of what you have of it, and you have in the end what the
    site has; a parent or a leaf may come later than what names it. What goes to the trash is `deleted`.
    """
    reader = reader_of(request, whose, reason)
    found = page(reader, _decode(cursor, whose), limit)
    end = End(next=_encode(found.end, whose), more=found.more)
    answer = StreamingHttpResponse(_lines(found, end), content_type=LINES)
    answer["Next-Cursor"] = end.next
    answer["Cache-Control"] = "no-store"
    return answer


async def _lines(found: Page, end: End) -> AsyncIterator[bytes]:
    batches = found.lines()
    try:
        while (lines := await read(next, batches, None)) is not None:
            yield _written(iter(lines))
    except ExportRefused:  # it was taken away meanwhile: without its end, the page is to be asked for again
        return
    yield _written(iter([end]))


def _written(lines: Iterator[Line | End]) -> bytes:
    return b"".join(line.model_dump_json().encode() + b"\n" for line in lines)


def _encode(place: Place, whose: Whose) -> str:
    return urlsafe_b64encode(f"{whose[:1]}{place.transaction}.{place.number}".encode()).decode().rstrip("=")


def _decode(word: str, whose: Whose) -> Place:
    """The opposite. Raises Unacceptable for anything else, and for one of another feed."""
    if not word:
        return BEGINNING
    try:
        text = urlsafe_b64decode(word.encode("ascii") + b"=" * (-len(word) % 4)).decode("ascii")
        transaction, number = text[1:].split(".")
        if not (transaction.isdecimal() and number.isdecimal()) or text[:1] not in ("o", "a"):
            raise ValueError
        place = Place(int(transaction), int(number))
    except (ValueError, binascii.Error):
        raise Unacceptable("cursor", "not a cursor of this list") from None
    if text[:1] != whose[:1] or max(place) >= _LARGEST:
        raise Unacceptable("cursor", f"It was not made for whose={whose}.")
    return place
