"""Many conversations as one stream: of any number, in flat memory, ended soon after its reader is gone."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation
from ninja import Query, Router
from pydantic import ValidationError

from conversations.api.access import needs, token_of, user_of
from conversations.api.problems import Problem, Unacceptable
from conversations.exports.answers import package_answer, sent
from conversations.exports.packages import MEDIA_TYPES, Writing
from conversations.exports.request import ExportRequest, Package, Wish
from conversations.exports.rights import Reader, Whose
from conversations.models.token import Scope
from conversations.review.reading import sitting_of

router = Router(tags=["exports"])
NEEDS = needs(Scope.EXPORT)
OF_FILES = {"responses": {200: {"content": {kind: {"schema": {"type": "string"}} for kind in MEDIA_TYPES.values()}}}}


@router.get(
    "/export.{package}",
    response={200: None, 401: Problem, 403: Problem, 422: Problem, 429: Problem},
    auth=NEEDS,
    url_name="export_now",
    operation_id="exportConversations",
    summary="Export many conversations, as they are read",
    openapi_extra=OF_FILES,
)
def export_now(request: HttpRequest, package: Package, wish: Query[Wish]) -> HttpResponseBase:
    """`zip` has a file for each conversation, and at its end `manifest.json` with their sizes and hashes: a zip without
    it was cut off. `ndjson` is a JSON transcript a line; a last line with `error` tells that it was cut off.
    With `redact` the header `Redaction-Key` says where the key to the placeholders is, once you have the whole.
    """
    wanted = request_of(package=package, **wish.model_dump())
    writing = Writing.of(wanted, reader_of(request, wanted.whose, wanted.reason))
    answer = package_answer(sent(writing, translation.get_language() or "en"), wanted)
    if writing.redactor:
        answer["Redaction-Key"] = f"/api/v1/exports/{writing.number}/key"
    return answer


def request_of(**values: object) -> ExportRequest:
    """What was asked for. Raises Unacceptable."""
    try:
        return ExportRequest.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise Unacceptable(".".join(map(str, first["loc"])), first["msg"]) from error


def reader_of(request: HttpRequest, whose: Whose, reason: str) -> Reader:
    """Who asks. A sitting is a day of a token's or a session's, so that a program is recorded once a day."""
    token = token_of(request)
    key = f"token {token.pk}" if token else request.session.session_key
    return Reader(user_of(request), whose, reason, sitting_of(f"{key} {timezone.localdate()}"))
