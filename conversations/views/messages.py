"""What can be done with a message: show its branch, delete, restore, read its source and its figures."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from conversations.generation.announcements import conversation_changed, let_go, path_changed
from conversations.models import Message
from conversations.structured.outline import pretty
from conversations.views.access import member_required
from conversations.views.facts import can_repeat, facts_of, repetition
from conversations.views.insight.timing import bar_of
from conversations.views.lookups import trashed_message, visible_message
from conversations.views.paths import show_path


@require_POST
@member_required
def show(request: HttpRequest, message: int) -> HttpResponse:
    """Choose the branch that the message is on."""
    found = visible_message(request, message)
    found.show()
    return _changed(request, found)


@require_POST
@member_required
def delete(request: HttpRequest, message: int) -> HttpResponse:
    """Take the message and what hangs below it off the path; `restore` brings both back."""
    found = visible_message(request, message)
    ended = found.trash()
    let_go(ended)
    if ended:
        conversation_changed(found.conversation_id)
    return _changed(request, found)


@require_POST
@member_required
def restore(request: HttpRequest, message: int) -> HttpResponse:
    """Undo `delete`."""
    found = trashed_message(request, message)
    found.restore()
    return _changed(request, found)


@require_safe
@member_required
def source(request: HttpRequest, message: int) -> HttpResponse:
    """The text as it was written, Markdown and all."""
    return HttpResponse(visible_message(request, message).content, content_type="text/plain; charset=utf-8")


@require_safe
@member_required
def details(request: HttpRequest, message: int) -> HttpResponse:
    """All figures of a reply, and how it came about."""
    found = visible_message(request, message)
    context = {
        "message": found,
        "section": "details",
        "bar": bar_of(found.metrics),
        "repeats": repetition(found),
        "can_repeat": can_repeat(found),
        "sections": facts_of(found),
        "raw": pretty({"metrics": found.metrics, "provenance": found.provenance}),
    }
    return render(request, "chat/_details.html", context)


def _changed(request: HttpRequest, message: Message) -> HttpResponse:
    path_changed(message.conversation_id)
    return show_path(request, message.conversation)
