"""What is answered when something cannot be answered: a page with plain words, or a problem for a script."""

from __future__ import annotations

import logging
import secrets
import sys

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import REASON_BAD_ORIGIN
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from conversations.faults import fault
from conversations.signin import record
from conversations.tasks import STORAGE_ERRORS
from conversations.telemetry.requests import request_id
from conversations.views.access import problem, wants_page
from conversations.views.accounts import RETRY_SECONDS

log = logging.getLogger(__name__)

_SECRET = ("password", "token", "secret", "key")
_KEPT_FIELDS = 12


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400. A page of a name that is not ours says so, and repeats none: it may be anybody's."""
    if isinstance(exception, DisallowedHost):
        return _wrong_host(request)
    if not wants_page(request):
        return problem(400, "bad_request", _("That was not readable."))
    return HttpResponse(render_to_string("errors/400.html"), status=400)


def _wrong_host(request: HttpRequest) -> HttpResponse:
    if not wants_page(request):
        advice = _("Whoever runs the site names its addresses in ALLOWED_HOSTS.")
        return problem(400, "bad_request", _("This is not an address of this site."), advice)
    return HttpResponse(render_to_string("errors/400_host.html"), status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    if not wants_page(request):
        return problem(403, "forbidden", _("This is not for your account."))
    return render(request, "errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, the same for what does not exist and for what is somebody else's."""
    if not wants_page(request):
        return problem(404, "not_found", str(fault("not_found").text), str(fault("not_found").advice))
    return render(request, "errors/404.html", status=404)


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """429: allauth's rate limits end here."""
    record.ward_request("too many attempts at a door of accounts", request)
    if wants_page(request):
        answer = render(request, "errors/429.html", status=429)
    else:
        answer = problem(429, "slow_down", str(fault("slow_down").text), str(fault("slow_down").advice))
    answer["Retry-After"] = str(RETRY_SECONDS)
    return answer


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 when it was the database. Its template asks for nothing: whatever failed would fail again."""
    is_storage = isinstance(sys.exc_info()[1], STORAGE_ERRORS)
    status, code = (503, "storage_busy") if is_storage else (500, "internal")
    incident = request_id.get() or secrets.token_hex(4)
    log.error("incident %s: %s %s", incident, request.method, request.path)
    if wants_page(request):
        page = render_to_string("errors/500.html", {"incident": incident, "is_storage": is_storage})
        answer = HttpResponse(page, status=status)
    else:
        answer = problem(status, code, _("Something failed on the server."), _("Incident %s") % incident)
    if is_storage:
        answer["Retry-After"] = "5"
    return answer


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without this browser's token, most often of a page that was open too long. Shows what was typed.

    It is only shown, never sent again from here: the form may have come from another site.
    """
    record.ward_request("a form did not come from a page of this browser's", request)
    if not wants_page(request):
        return problem(403, "csrf", _("This page is too old to send."), _("Reload it. What you typed is kept."))
    is_foreign = reason.startswith(REASON_BAD_ORIGIN.split("%s")[0])
    typed = [] if is_foreign else _typed(request)
    return render(request, "errors/403_csrf.html", {"typed": typed}, status=403)


def _typed(request: HttpRequest) -> list[str]:
    fields = [
        value
        for name, value in request.POST.items()
        if isinstance(value, str) and value.strip() and not any(word in name.lower() for word in _SECRET)
    ]
    return fields[:_KEPT_FIELDS]
