"""One's exports: asked for, looked at while they are made, fetched, stopped, begun again, deleted."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conversations.exports.answers import package_answer
from conversations.exports.background import asking
from conversations.exports.rights import ExportRefused
from conversations.exports.words import refusal
from conversations.models.exports import ExportJob
from conversations.models.exports.job import TooManyExports
from conversations.views.access import member_required
from conversations.views.exports.forms import ExportForm
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
    return render(request, "account/exports/_jobs.html", {"jobs": _jobs(request)})


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
    return render(request, "account/exports/page.html", {"form": form, "jobs": _jobs(request)}, status=status)


def _jobs(request: HttpRequest) -> list[tuple[ExportJob, str]]:
    """Each with the words of what went wrong."""
    found = ExportJob.objects.of(member_of(request))
    return [(job, refusal(job.error_code) if job.error_code else "") for job in found]
