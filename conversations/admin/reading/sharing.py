"""The link by which the owner lets others read: staff who review a conversation see that there is one, and stop it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conversations.admin.reading.frame import people_of
from conversations.admin.reading.gate import REVIEW, opened
from conversations.models import Conversation, Share
from conversations.views.lookups import member_of


def stop(page: admin.ModelAdmin[Any]) -> Callable[..., HttpResponse]:
    """The door that stops it; the log of the admin says who did. Raises Http404 and PermissionDenied."""

    @require_POST
    def door(request: HttpRequest, conversation: UUID) -> HttpResponse:
        found = opened(request, Conversation.objects.select_related("owner").filter(pk=conversation).first())
        reader = member_of(request)
        if not reader.has_perm(REVIEW):
            raise PermissionDenied
        if people_of(request, found).is_blind:
            raise Http404
        share = Share.objects.active().filter(conversation=found).first()
        if share is not None and share.stop(reader.get_username()):
            page.log_change(request, found, "Stopped the shared link.")
            messages.success(request, _("Nobody can read by this link any more."))
        return redirect("admin:conversations_conversation_change", found.pk)

    return door
