"""The page where people bring their conversations from elsewhere: a file goes up, and a report comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from conversations.models import User
from conversations.tasks import read, write
from conversations.transcripts.importing import Draft, Outcome, drafts, store, take_all
from conversations.transcripts.importing.limits import FILE, MEGABYTE, refusal_of
from conversations.transcripts.importing.report import announced
from conversations.uploads.receiving import clean_name
from conversations.views.access import member_required, problem, wants_page
from conversations.views.lookups import member_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def importing(request: HttpRequest) -> HttpResponseBase:
    """The form. A script gets a line of JSON (`Outcome`) for each conversation as soon as it is done."""
    if request.method != "POST":
        return _page(request)
    file = request.FILES.get("file")
    refusal = refusal_of(file)
    if refusal or not isinstance(file, UploadedFile):
        return _page(request, refusal) if wants_page(request) else problem(422, "bad_file", refusal)
    owner, name = member_of(request), clean_name(file.name or "")
    if wants_page(request):
        return _page(request, outcomes=[announced(outcome) for outcome in take_all(file, name, owner)])
    language = translation.get_language() or "en"
    answer = StreamingHttpResponse(_lines(file, name, owner, language), content_type="application/x-ndjson")
    answer["Content-Encoding"] = "identity"  # compressed, each line would wait for the next
    return answer


def _page(request: HttpRequest, refusal: str = "", outcomes: list[Outcome] | None = None) -> HttpResponseBase:
    imported = sum(outcome.outcome == "imported" for outcome in outcomes or ())
    counts = {"imported": imported, "skipped": len(outcomes or ()) - imported}
    context = {"refusal": refusal, "outcomes": outcomes, **counts, "limit": FILE, "megabytes": FILE // MEGABYTE}
    return render(request, "account/import/page.html", context, status=422 if refusal else 200)


async def _lines(file: UploadedFile[bytes], name: str, owner: User, language: str) -> AsyncIterator[bytes]:
    """Read in one thread and stored in the one that writes, so that nobody waits for a whole file."""
    waiting = drafts(file, name, owner.pk)

    def following() -> tuple[Outcome, Draft | None] | None:
        with translation.override(language):  # the request's own belongs to its thread
            return next(waiting, None)

    def stored(outcome: Outcome, draft: Draft) -> Outcome:
        with translation.override(language):
            return announced(store(outcome, draft, owner))

    while found := await read(following):
        outcome, draft = found
        outcome = await write(stored, outcome, draft) if draft else outcome
        yield outcome.model_dump_json().encode() + b"\n"
