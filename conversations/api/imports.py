"""Conversations from elsewhere, taken in from a file."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import File, Router, Schema
from ninja.files import UploadedFile

from conversations.api.access import user_of
from conversations.api.problems import Problem, Unacceptable
from conversations.transcripts.importing import Outcome, take_all
from conversations.transcripts.importing.limits import refusal_of
from conversations.transcripts.importing.report import announced
from conversations.uploads.receiving import clean_name

router = Router(tags=["transcripts"])


class Report(Schema):
    """What became of each conversation of a file, in its order."""

    imported: int
    skipped: int
    conversations: list[Outcome]


@router.post(
    "/import",
    response={200: Report, 401: Problem, 422: Problem, 429: Problem},
    operation_id="importConversations",
    summary="Take in conversations from a file",
)
def take_in(request: HttpRequest, file: File[UploadedFile]) -> Report:
    """JSON transcripts, ChatGPT's `conversations.json`, Open WebUI's export, or a zip with any of them.

    Each conversation is taken as a whole or not at all; one that is not leaves the others alone.
    """
    if refusal := refusal_of(file):
        raise Unacceptable("file", refusal)
    outcomes = [announced(outcome) for outcome in take_all(file, clean_name(file.name or ""), user_of(request))]
    imported = sum(outcome.outcome == "imported" for outcome in outcomes)
    return Report(imported=imported, skipped=len(outcomes) - imported, conversations=outcomes)
