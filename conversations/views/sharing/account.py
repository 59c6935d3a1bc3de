"""One's shared links in the account: listed, opened, stopped."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from conversations.keeping import sharing
from conversations.models import Share, SiteSettings
from conversations.views.access import member_required
from conversations.views.lookups import member_of

PAGE = 50


@never_cache
@require_safe
@member_required
def shares(request: HttpRequest) -> HttpResponse:
    """Those that work, newest first."""
    page = Paginator(Share.objects.of(member_of(request)), PAGE).get_page(request.GET.get("page"))
    return render(request, "sharing/account.html", {"page": page, "sharing": SiteSettings.load().sharing})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def stop(request: HttpRequest, share: int) -> HttpResponse:
    """Asks first; what is posted stops it."""
    user = member_of(request)
    found = get_object_or_404(Share.objects.of(user), pk=share)
    if request.method != "POST":
        return render(request, "sharing/stop.html", {"share": found})
    sharing.stop(found, user)
    messages.success(request, _("Not shared any more: %(title)s") % {"title": found.conversation})
    return redirect("shares")
