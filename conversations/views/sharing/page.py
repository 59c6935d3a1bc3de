"""The page behind a shared link: what was said, as it was, for whoever may read by the site's settings.

Whatever is not there to be read answers alike: a link that was stopped, has expired, never was, or whose conversation
was deleted.
"""

from __future__ import annotations

from functools import wraps
from typing import Any, Protocol

from allauth.core.internal import ratelimit
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from conversations.models import Role, Share, Sharing, SiteSettings
from conversations.uploads.showing import with_files
from conversations.views.access import refuse
from conversations.views.errors import not_found, too_many

GUESSES = {"share": "100/3m/ip"}
"""Addresses that were not there, of one asker: as many as wrong passwords."""
PAGE = 200
_POLICY = {"connect-src": "'none'", "form-action": "'none'", "frame-src": "'none'"}


class _View(Protocol):
    def __call__(self, request: HttpRequest, link: str) -> HttpResponseBase: ...


def _discreet(view: _View) -> _View:
    """Nothing keeps the answer, lists it, or tells another site where somebody came from."""

    @wraps(view)
    def answered(request: HttpRequest, link: str) -> HttpResponseBase:
        answer = view(request, link)
        add_never_cache_headers(answer)
        answer.headers["X-Robots-Tag"] = "noindex, nofollow"
        answer.headers["Referrer-Policy"] = "no-referrer"
        return answer

    return answered


@require_safe
@_discreet
def shared(request: HttpRequest, link: str) -> HttpResponseBase:
    """The conversation; members are asked to sign in first, where the link is for them."""
    sharing = SiteSettings.load().sharing
    if sharing == Sharing.MEMBERS and (refusal := refuse(request)) is not None:
        return refusal
    if not _may_guess(request, dry_run=True):
        return too_many(request)
    share = Share.objects.find(link) if sharing != Sharing.OFF else None
    if share is None:
        _may_guess(request)
        return not_found(request)
    answer = render(request, "sharing/page.html", _context(share, request.GET.get("page")))
    answer.csp = _POLICY  # type: ignore[attr-defined]
    return answer


def _may_guess(request: HttpRequest, *, dry_run: bool = False) -> bool:
    """Whether this address may look up one more; counted unless it is a `dry_run`."""
    counted = {"app": "conversations", "action": "share", "config": GUESSES, "limit_get": True}
    return ratelimit.consume(request, **counted, dry_run=dry_run) is not None


def _context(share: Share, number: str | None) -> dict[str, Any]:
    page = Paginator(share.numbers, PAGE).get_page(number)
    messages = share.messages(list(page.object_list))
    with_files(messages)
    replies = share.conversation.messages.filter(pk__in=share.numbers, role=Role.ASSISTANT).exclude(model_name="")
    return {
        "build_path": settings.STATIC_URL.strip("/"),
        "share": share,
        "page": page,
        "messages_shown": messages,
        "models": sorted(set(replies.order_by().values_list("model_name", flat=True))),
    }
