"""One's exports: asked for, looked at while they are made, fetched, stopped, begun again, deleted."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conversations.exports import keys
from conversations.exports.answers import key_answer, package_answer
from conversations.exports.background import asking
from conversations.exports.rights import ExportRefused
from conversations.exports.words import refusal
from conversations.models.exports import ExportJob, RedactionKey
from conversations.models.exports.job import TooManyExports
from conversations.views.access import member_required
from conversations.views.exports.forms import ExportForm, made_of
from conversations.views.lookups import member_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def exports(request: HttpRequest) -> HttpResponse:
    """The form, which an address may fill in (`?whose=all&ids=…`), and the list; what is posted begins an export."""
    user = member_of(request)
    if request.method != "POST":
        return _page(request, ExportForm(user, initial=request.GET.dict()))
    form = ExportForm(user, request.POST)
    if form.is_valid():
        try:
            asking.begin(user, form.cleaned_data["request"], translation.get_language() or "en")
            return redirect("exports")
        except ExportRefused as error:
            form.add_error("reason" if "reason" in form.fields else None, refusal(error.code))
        except TooManyExports:
            form.add_error(None, refusal("too_many"))
    return _page(request, form, 422)


@never_cache
@require_safe
@member_required
def jobs(request: HttpRequest) -> HttpResponse:
    """How far they are, as a part of the page."""
    return render(request, "account/exports/_jobs.html", _listed(request))


@never_cache
@require_safe
@member_required
def file(request: HttpRequest, export: UUID) -> HttpResponseBase:
    """The file, for who asked for it."""
    found = asking.file_of(member_of(request), export)
    if found is None:
        raise Http404
    answer = package_answer(found.pieces(), found.request)
    answer["Content-Length"] = str(found.size)
    return answer


@never_cache
@require_safe
@member_required
def key(request: HttpRequest, export: UUID) -> HttpResponseBase:
    """The key to a redacted one, for who asked for it; where it names others, with the right, and they are told."""
    try:
        found = keys.opened(member_of(request), export)
    except ExportRefused as error:
        form = ExportForm(member_of(request), request.POST)
        form.add_error(None, refusal(error.code))
        return _page(request, form, 403)
    if found is None:
        raise Http404
    return key_answer(asking.pieces_of(found))


@require_POST
@member_required
def stop(request: HttpRequest, export: UUID) -> HttpResponse:
    """End it; nothing of it is kept."""
    ExportJob.objects.stop(member_of(request), export)
    return redirect("exports")


@require_POST
@member_required
def again(request: HttpRequest, export: UUID) -> HttpResponse:
    """Make one that came to no end from its beginning."""
    try:
        asking.begin_again(member_of(request), export)
    except TooManyExports:
        form = ExportForm(member_of(request), request.POST)
        form.add_error(None, refusal("too_many"))
        return _page(request, form, 422)
    return redirect("exports")


@require_POST
@member_required
def delete(request: HttpRequest, export: UUID) -> HttpResponse:
    """Off the list, and its file with it."""
    if not asking.forget(member_of(request), export):
        raise Http404
    return redirect("exports")


def _page(request: HttpRequest, form: ExportForm, status: int = 200) -> HttpResponse:
    return render(request, "account/exports/page.html", {"form": form, **_listed(request)}, status=status)


def _listed(request: HttpRequest) -> dict[str, object]:
    """Each job with the words of what went wrong and its key; and the keys to what was sent as it was read."""
    own = {key.pk: key for key in RedactionKey.objects.of(member_of(request))}
    found = ExportJob.objects.of(member_of(request))
    jobs = [
        (job, made_of(job.request), refusal(job.error_code) if job.error_code else "", own.pop(job.pk, None))
        for job in found
    ]
    return {"jobs": jobs, "keys": list(own.values())}
