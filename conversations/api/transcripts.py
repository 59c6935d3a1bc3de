"""One conversation as a file, streamed: of any length, in the memory of a few messages."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema

from conversations.api.lookups import own_lasting
from conversations.api.problems import Problem, Unacceptable
from conversations.tasks import read
from conversations.transcripts import FORMATS, KINDS, Format, Outline, Redactor, outline
from conversations.transcripts.document import Transcript
from conversations.transcripts.redaction.patterns import BadPattern

router = Router(tags=["transcripts"])


Ending = Literal["html", "docx", "md", "txt", "csv", "json", "jsonl"]
Redact = Annotated[str, Query("", max_length=100, description="all, or some of names,mails,phones,patterns")]
_TEXT = {"schema": {"type": "string"}}
_MEDIA = {found.media_type.partition(";")[0]: _TEXT for found in FORMATS.values() if found.ending != "json"}


class RedactionKey(Schema):
    """What each placeholder stands for, as it was written."""

    format: Literal["chatsite-redaction-key"] = "chatsite-redaction-key"
    version: Literal[1] = 1
    placeholders: dict[str, list[str]]


@router.get(
    "/conversations/{conversation}/transcript.{ending}",
    response={200: Transcript, 401: Problem, 404: Problem, 422: Problem, 429: Problem},
    url_name="transcript",
    operation_id="readTranscript",
    summary="Read a conversation as a file",
    openapi_extra={
        "responses": {
            200: {"content": _MEDIA},
            304: {"description": "It is as it was: `If-None-Match` named its ETag."},
        }
    },
)
def transcript(
    request: HttpRequest,
    conversation: UUID,
    ending: Ending,
    paths: Literal["chosen", "all"] = "chosen",
    redact: Redact = "",
) -> HttpResponseBase:
    """`json` and `csv` are the whole tree, of which `json` loses nothing; the others are the path that was chosen last.

    `jsonl` is for fine-tuning; with `paths=all` it has a line for each path of the tree.
    With `redact` placeholders stand for what names people; their key has an address of its own.
    Answers with an `ETag` unless a reply is being written, and 304 to `If-None-Match` with it.
    """
    if paths == "all" and ending != "jsonl":
        raise Unacceptable("paths", _("Only jsonl can hold all paths."))
    found, redactor = own_lasting(request, conversation), _redactor(redact)
    shape, wanted, language = outline(found, redactor), FORMATS[ending], translation.get_language() or "en"
    etag = None if shape.is_running else _etag(shape, wanted, language, paths)
    unchanged = get_conditional_response(request, etag=etag)
    answer = unchanged or _file(shape, wanted, language, paths)
    if etag:
        answer["ETag"] = etag
    answer["Cache-Control"] = "private, no-cache"
    patch_vary_headers(answer, ("Cookie", "Authorization", *(("Accept-Language",) if wanted.is_translated else ())))
    return answer


@router.get(
    "/conversations/{conversation}/redaction-key",
    response={200: RedactionKey, 401: Problem, 404: Problem, 422: Problem, 429: Problem},
    operation_id="readRedactionKey",
    summary="Read what placeholders stand for",
)
def redaction_key(request: HttpRequest, conversation: UUID, redact: Redact = "all") -> RedactionKey:
    """The key to the transcripts that the same `redact` gives, while the conversation is as it is. To be kept apart."""
    found, redactor = own_lasting(request, conversation), _redactor(redact)
    if redactor is None:
        raise Unacceptable(
            "redact", _("Say what is replaced: all, or some of %(kinds)s.") % {"kinds": ", ".join(KINDS)}
        )
    shape = outline(found, redactor)
    deque(shape.messages(shape.tree), maxlen=0)
    return RedactionKey(placeholders=dict(redactor.placeholders.entries()))


def _redactor(redact: str) -> Redactor | None:
    kinds = KINDS if redact == "all" else tuple(filter(None, redact.split(",")))
    if set(kinds) - set(KINDS):
        raise Unacceptable(
            "redact", _("Say what is replaced: all, or some of %(kinds)s.") % {"kinds": ", ".join(KINDS)}
        )
    try:
        return Redactor.of_the_site(kinds) if kinds else None
    except BadPattern as error:
        raise Unacceptable("redact", f"{_('The site’s own patterns are not taken.')} {error}") from error


def _file(shape: Outline, wanted: Format, language: str, paths: str) -> StreamingHttpResponse:
    pieces = wanted.write_paths(shape) if paths == "all" else wanted.write(shape)
    answer = StreamingHttpResponse(_stream(pieces, language), content_type=wanted.media_type)
    name = wanted.file_name(shape.conversation.title, bool(shape.redacted))
    answer["Content-Disposition"] = str(content_disposition_header(as_attachment=True, filename=name))
    return answer


async def _stream(pieces: Iterator[bytes], language: str) -> AsyncIterator[bytes]:
    while piece := await read(_next, pieces, language):
        yield piece


def _next(pieces: Iterator[bytes], language: str) -> bytes:
    """The next piece, empty after the last; in the reader's language, which belongs to the request's own thread."""
    with translation.override(language):
        return next(pieces, b"")


def _etag(shape: Outline, wanted: Format, language: str, paths: str) -> str:
    edition = f"{wanted.ending}.{wanted.revision}.{language if wanted.is_translated else ''}.{paths}"
    return f'"{hashlib.sha256(f"{edition} {shape.digest}".encode()).hexdigest()[:32]}"'
