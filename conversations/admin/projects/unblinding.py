"""Lifting the pseudonyms of one case: asked for with a reason, recorded, and told to whose conversation it is."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from conversations.admin.projects.lookups import Door, find_case
from conversations.admin.projects.queue import case_address, filters_of
from conversations.admin.reading.gate import answer
from conversations.models import SiteSettings
from conversations.models.review.access_record import REASON_LIMIT
from conversations.review.blinding import people_for, unblind
from conversations.review.reading import SHORTEST, ReadingRefused
from conversations.views.lookups import member_of

_REFUSALS: dict[str, Promise] = {
    "reason_missing": gettext_lazy("Say why, in %(least)s characters or more."),
    "reason_too_long": gettext_lazy("Say it in %(most)s characters or fewer."),
}


def ask(site: AdminSite) -> Door:
    """The door: a form that asks for the reason, and takes it. Raises Http404 and PermissionDenied."""

    @require_http_methods(["GET", "HEAD", "POST"])
    def door(request: HttpRequest, project: int, case: int) -> HttpResponse:
        found, viewer = find_case(request, project, case), member_of(request)
        if not found.project.is_blind:
            raise Http404
        if not viewer.has_perm("conversations.unblind_project"):
            raise PermissionDenied
        address, reason, error = case_address(found, filters_of(request.GET)), request.POST.get("reason", ""), ""
        if request.method == "POST":
            try:
                unblind(viewer, found, request.session.session_key, reason)
                return redirect(address)
            except ReadingRefused as refused:
                if refused.code not in _REFUSALS:
                    raise PermissionDenied from None
                error = _REFUSALS[refused.code] % {"least": SHORTEST, "most": REASON_LIMIT}
        people = people_for(viewer, found.conversation, request.session.session_key, found.project)
        context = {
            "title": _("Lift the pseudonyms"),
            "case": found,
            "project": found.project,
            "shown": people.title(found.conversation),
            "back": address,
            "hours": SiteSettings.load().reading_told_after,
            "limit": REASON_LIMIT,
            "reason": reason,
            "error": error,
        }
        return answer(request, site, "admin/review/unblind.html", context, status=422 if error else 200)

    return door
