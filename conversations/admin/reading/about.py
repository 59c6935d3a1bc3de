"""What is known of one reply: its figures, how it came about, and what its model was sent. Not on a blind page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from conversations.admin.reading.frame import people_of
from conversations.admin.reading.gate import answer, is_number, opened
from conversations.models import Conversation, Message, Role
from conversations.structured.outline import pretty
from conversations.views.facts import facts_of, repetition
from conversations.views.insight.sent import sent_of
from conversations.views.insight.timing import bar_of


def _known(reply: Message) -> dict[str, Any]:
    """What is told of it; of one that came in a file and has figures of other types, only what is stored."""
    try:
        bar, sections = bar_of(reply.metrics), facts_of(reply)
        return {**sent_of(reply), "bar": bar, "repeats": repetition(reply), "sections": sections}
    except (AttributeError, KeyError, TypeError, ValueError):
        return {"message": reply, "has_record": False}


def show(site: AdminSite) -> Callable[..., HttpResponse]:
    """The door: `?message=` names the reply. A page of its own, or for a script the part that a dialog shows."""

    @require_safe
    def door(request: HttpRequest, conversation: UUID) -> HttpResponse:
        found = opened(request, Conversation.objects.select_related("owner").filter(pk=conversation).first())
        number = request.GET.get("message", "")
        replies = found.messages.filter(role=Role.ASSISTANT)
        reply = replies.filter(pk=int(number)).first() if is_number(number) else None
        if reply is None or people_of(request, found).is_blind:
            raise Http404
        context = {
            "title": reply.model_name,
            "back": reverse("admin:conversations_conversation_change", args=[found.pk]) + f"?at={reply.pk}#m{reply.pk}",
            **_known(reply),
            "stored": pretty({"metrics": reply.metrics, "provenance": reply.provenance}),
            "section": "",
            "files_of": found,
        }
        is_part = request.headers.get("X-Requested-With") == "fetch"
        return answer(request, site, f"admin/transcript/{'_about' if is_part else 'about'}.html", context)

    return door
