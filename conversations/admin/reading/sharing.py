"""The link by which the owner lets others read: staff who review see that there is one, stop it, and allow another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from conversations.admin.reading.frame import people_of
from conversations.admin.reading.gate import REVIEW, opened
from conversations.keeping import sharing
from conversations.models import Conversation, User
from conversations.views.lookups import member_of


def stop(page: admin.ModelAdmin[Any]) -> Callable[..., HttpResponse]:
    """The door that stops it; the log of the admin says who did. Raises Http404 and PermissionDenied."""

    def barred(found: Conversation, reader: User) -> bool:
        share = sharing.link_of(found)
        return share is not None and sharing.bar(share, reader)

    return _door(page, barred, "Stopped the shared link.", _("Nobody can read by this link any more."))


def allow(page: admin.ModelAdmin[Any]) -> Callable[..., HttpResponse]:
    """The door that lets the owner share again, after that. As `stop`."""
    return _door(page, sharing.allow, "Allowed links again.", _("Its owner can make a link again."))


def _door(
    page: admin.ModelAdmin[Any], act: Callable[[Conversation, User], bool], logged: str, said: str | Promise
) -> Callable[..., HttpResponse]:
    @require_POST
    def door(request: HttpRequest, conversation: UUID) -> HttpResponse:
        found = opened(request, Conversation.objects.select_related("owner").filter(pk=conversation).first())
        reader = member_of(request)
        if not reader.has_perm(REVIEW):
            raise PermissionDenied
        if people_of(request, found).is_blind:
            raise Http404
        if act(found, reader):
            page.log_change(request, found, logged)
            messages.success(request, str(said))
        return redirect("admin:conversations_conversation_change", found.pk)

    return door
