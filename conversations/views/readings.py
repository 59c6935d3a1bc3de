"""What somebody is told of the reading of their conversations: who, when and why."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conversations.models import AccessRecord, Conversation, SiteSettings
from conversations.views.access import member_required
from conversations.views.lookups import member_of

PAGE = 50


@never_cache
@require_safe
@member_required
def readings(request: HttpRequest) -> HttpResponse:
    """The list, newest first, and what the site's settings are now."""
    user = member_of(request)
    page = Paginator(AccessRecord.objects.told_to(user), PAGE).get_page(request.GET.get("page"))
    keys = [record.conversation_key for record in page]
    there = set(Conversation.objects.visible_to(user).filter(pk__in=keys).values_list("pk", flat=True))
    return render(
        request,
        "readings/page.html",
        {"page": page, "there": there, "settings": SiteSettings.load()},
    )
