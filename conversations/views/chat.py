"""The chat page, new or with its conversation, and the fragments of the path."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from conversations.faults import FAULTS
from conversations.forms import THINK_CHOICES
from conversations.generation.engine import engine
from conversations.keeping.rules import standing_of
from conversations.models import Conversation, Message, Role, Share, Sharing, State
from conversations.models.keeping.lasting import lost_at
from conversations.review.reading import readers
from conversations.views import picker
from conversations.views.access import member_required
from conversations.views.keeping.temporary import temporary_words
from conversations.views.lookups import member_of, visible_conversation
from conversations.views.paths import Page, page_of, show_path
from conversations.views.sidebar import sidebar_of


@require_safe
@member_required
@ensure_csrf_cookie
def home(request: HttpRequest) -> HttpResponse:
    """A new chat: it is stored with its first message. `?temporary=1`: one that is not kept."""
    until = lost_at() if request.GET.get("temporary") == "1" else None
    return _page(request, Conversation(owner=member_of(request), temporary_until=until), is_new=True)


@require_safe
@member_required
@ensure_csrf_cookie
def conversation(request: HttpRequest, conversation: UUID) -> HttpResponse:
    """A conversation with the last messages of its chosen path."""
    link = Share.objects.active().filter(conversation=OuterRef("pk"))
    rows = Conversation.objects.visible_to(member_of(request)).annotate(is_shared=Exists(link))
    return _page(request, get_object_or_404(rows, pk=conversation), is_new=False)


@require_safe
@member_required
def path(request: HttpRequest, conversation: UUID) -> HttpResponse:
    """A page of the path as a fragment: the last messages, or those above `before`."""
    before = request.GET.get("before", "")
    if before and not (before.isascii() and before.isdigit() and len(before) < 19):
        raise Http404
    return show_path(request, visible_conversation(request, conversation), int(before) if before else None)


def _page(request: HttpRequest, conversation: Conversation, *, is_new: bool) -> HttpResponse:
    user = member_of(request)
    site, kept = standing_of(user)
    events = engine.backend_events()
    choices = picker.picker_for(conversation, user, events, engine.registry.default_model())
    context = {
        "conversation": conversation,
        "is_new": is_new,
        "page": Page([], None, None) if is_new else page_of(conversation),
        "sidebar": sidebar_of(user),
        "picker": choices,
        "found": picker.found(engine.registry.states()),
        "readers": "owner" if conversation.is_temporary else readers(site),
        "kept": temporary_words() if conversation.is_temporary else kept,
        "may_vanish": not kept.is_held,
        "may_share": site.sharing != Sharing.OFF,
        "starters": _starters(choices.chosen),
        "think_choices": THINK_CHOICES,
        "shortcuts": _shortcuts(),
        "build": settings.STATIC_URL,
        "build_path": settings.STATIC_URL.strip("/"),
        "faults": {
            code: {"text": str(fault.text), "advice": str(fault.advice), "retryable": fault.retryable}
            for code, fault in FAULTS.items()
        },
        "backends": [event.model_dump(mode="json") for event in events],
        "blank": {
            "conversation": Conversation(pk=UUID(int=0)),
            "said": Message(role=Role.USER),
            "reply": Message(role=Role.ASSISTANT, state=State.QUEUED),
            "call": Message(role=Role.TOOL, state=State.QUEUED),
        },
    }
    return render(request, "chat/page.html", context)


def _starters(model: str) -> list[str]:
    """First things to say: ELIZA listens, a language model knows and makes."""
    if model.startswith("eliza/"):
        return [
            _("I have been worrying about work lately."),
            _("I dreamt about my old school."),
            _("My family never listens to me."),
        ]
    return [
        _("Explain how a heat pump works, with a table of its parts."),
        _("Write a Python function that finds duplicate files."),
        _("Help me plan a quiet weekend within two hours by train."),
    ]


def _shortcuts() -> list[tuple[str, str]]:
    return [
        ("enter", _("Send")),
        ("shift enter", _("New line")),
        ("mod enter", _("Send, always")),
        ("escape", _("Stop the reply")),
        ("up", _("Edit your last message, from the empty box")),
        ("mod shift o", _("New chat")),
        ("mod shift l", _("Temporary chat")),
        ("mod shift c", _("Copy the last reply")),
        ("mod shift ;", _("Copy the last code block")),
        ("mod /", pgettext("keyboard", "This list")),
    ]
