"""The way into somebody's conversation: a reason once per sitting, kept where its owner reads it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conversations.admin.reading.frame import Frame
from conversations.models import Conversation, SiteSettings
from conversations.models.review.access_record import REASON_LIMIT
from conversations.review.reading import SHORTEST, ReadingRefused, is_open, may_read, open_for
from conversations.views.lookups import member_of

REVIEW = "conversations.review_conversation"
SUGGESTED = (
    _("A complaint about this conversation"),
    _("Review for quality"),
    _("The owner asked for help"),
    _("Suspected misuse"),
)
_REFUSALS: dict[str, str | Promise] = {
    "reason_missing": _("Say why you read it, in %(least)s characters or more."),
    "reason_too_long": _("Say it in %(most)s characters or fewer."),
}


def ask_first(request: HttpRequest, site: AdminSite, conversation: Conversation, frame: Frame) -> HttpResponse | None:
    """What is answered in place of the conversation; None where it is open. Raises PermissionDenied."""
    reader = member_of(request)
    if is_open(reader, conversation, request.session.session_key) and may_read(reader, conversation):
        return redirect(request.get_full_path()) if request.method == "POST" else None
    if not SiteSettings.load().reading_enabled:
        return switched_off(request, site)
    if not may_read(reader, conversation):
        raise PermissionDenied
    return (
        _take(request, site, conversation, frame)
        if request.method == "POST"
        else _ask(request, site, conversation, frame)
    )


def switched_off(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """The plain page that says that nobody reads anything here."""
    return answer(request, site, "admin/transcript/off.html", {}, status=403)


def opened(request: HttpRequest, conversation: Conversation | None) -> Conversation:
    """The conversation, when the reader may read it and gave their reason in this sitting. Raises Http404."""
    reader, key = member_of(request), request.session.session_key
    if conversation is None or not may_read(reader, conversation) or not is_open(reader, conversation, key):
        raise Http404
    return conversation


def answer(
    request: HttpRequest, site: AdminSite, template: str, context: dict[str, Any], status: int = 200
) -> TemplateResponse:
    """A page under the site's own strict policy."""
    shared = {**site.each_context(request), "build_path": settings.STATIC_URL.strip("/")}
    found = TemplateResponse(request, template, {**shared, **context}, status=status)
    found.csp = {}  # type: ignore[attr-defined]
    return found


def is_number(text: str) -> bool:
    """Whether it can be the number of a row."""
    return text.isascii() and text.isdigit() and len(text) < 19 and int(text) > 0


def _take(request: HttpRequest, site: AdminSite, conversation: Conversation, frame: Frame) -> HttpResponse:
    reason = request.POST.get("reason", "")
    try:
        open_for(member_of(request), conversation, request.session.session_key, reason)
    except ReadingRefused as refused:
        if refused.code not in _REFUSALS:
            raise PermissionDenied from None
        error = _REFUSALS[refused.code] % {"least": SHORTEST, "most": REASON_LIMIT}
        return _ask(request, site, conversation, frame, reason, error)
    return redirect(request.get_full_path())


def _ask(
    request: HttpRequest, site: AdminSite, conversation: Conversation, frame: Frame, reason: str = "", error: str = ""
) -> HttpResponse:
    context = {
        "title": frame.people.title(conversation),
        "owner": frame.people.owner(conversation),
        "frame": frame,
        "hours": SiteSettings.load().reading_told_after,
        "suggested": SUGGESTED,
        "limit": REASON_LIMIT,
        "reason": reason,
        "error": error,
    }
    return answer(request, site, "admin/transcript/gate.html", context, status=422 if error else 200)
