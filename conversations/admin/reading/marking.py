"""The doors that write: labels and notes, on the whole or on one message. A transcript itself is never written.

With script a door answers with the parts of the page that changed; without, it leads back to the page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import UUID

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from conversations.admin.reading.frame import Frame, people_of
from conversations.admin.reading.gate import REVIEW, answer, is_number, opened
from conversations.admin.reading.page import marks
from conversations.admin.reading.turns import turn_of
from conversations.models import Case, Conversation, Message, Note, User
from conversations.models.review.case import NOTE_LIMIT
from conversations.review import labels, notes
from conversations.review.labels import LabelRefused
from conversations.review.notes import NoteRefused
from conversations.views.lookups import member_of

_REFUSALS: dict[str, str | Promise] = {
    "label_empty": gettext_lazy("Write a label, or choose one."),
    "label_too_long": gettext_lazy("A label has at most %(name)s characters."),
    "label_unknown": gettext_lazy("There is no such label. Choose one of the list; who sets labels up can add it."),
    "note_empty": gettext_lazy("Write the note first."),
    "note_too_long": gettext_lazy("A note has at most %(note)s characters."),
}


@dataclass(slots=True)
class Act:
    """What was asked for: by whom, on which conversation, `target` (None: the whole) and case."""

    request: HttpRequest
    author: User
    conversation: Conversation
    target: Message | None
    case: Case | None
    touched: Message | None = None
    gone: Note | None = None

    def field(self, name: str) -> str:
        """A field of the form."""
        return self.request.POST.get(name, "")


M = TypeVar("M", bound=Model)
Door = Callable[[AdminSite], Callable[..., HttpResponse]]


def _door(do: Callable[[Act], str]) -> Door:
    """A door for `do`, which writes and gives the words that tell it."""

    def made(site: AdminSite) -> Callable[..., HttpResponse]:
        @wraps(do)
        @require_POST
        def door(request: HttpRequest, conversation: UUID) -> HttpResponse:
            act = _asked(request, conversation)
            try:
                return _answer(site, act, said=do(act))
            except (LabelRefused, NoteRefused) as refused:
                return _answer(site, act, error=_REFUSALS[refused.code] % {
                    "name": labels.NAME_LIMIT, "note": NOTE_LIMIT
                }, code=refused.code)  # fmt: skip

        return door

    return made


@_door
def put_label(act: Act) -> str:
    """Put a label on; a new one is made by who may add labels."""
    may_create = act.author.has_perm("conversations.add_label")
    label = labels.find(act.field("label"), may_create=may_create)
    is_new = labels.put(act.author, label, act.conversation, act.target)
    return (_("Label added: %(name)s") if is_new else _("It has this label already: %(name)s")) % {"name": label}


@_door
def take_label_off(act: Act) -> str:
    """Take a label off."""
    label = labels.find(act.field("label"), may_create=False)
    labels.take_off(label, act.conversation, act.target)
    return _("Label removed: %(name)s") % {"name": label}


@_door
def write_note(act: Act) -> str:
    """Take a note."""
    notes.write(act.author, act.conversation, act.field("text"), act.target, act.case)
    return _("Note kept. Reviewers read it, the owner does not.")


@_door
def change_note(act: Act) -> str:
    """Change, delete or restore a note of one's own (`do`). Raises Http404."""
    number = act.field("note")
    note = notes.own(act.author, int(number)) if is_number(number) else None
    if note is None or note.conversation_id != act.conversation.pk:
        raise Http404
    act.touched = note.message
    match act.field("do"):
        case "change":
            notes.change(note, act.field("text"))
            return _("Note changed.")
        case "trash":
            notes.trash(note)
            act.gone = note
            return _("Note deleted.")
        case "restore":
            notes.restore(note)
            return _("Note restored.")
    raise Http404


def _asked(request: HttpRequest, pk: UUID) -> Act:
    """Raises Http404 for what is not open or not there, PermissionDenied for who does not review."""
    conversation = opened(request, Conversation.objects.select_related("owner").filter(pk=pk).first())
    author = member_of(request)
    if not author.has_perm(REVIEW):
        raise PermissionDenied
    cases = Case.objects.filter(conversation=conversation, project__is_open=True, project__members=author)
    target = _named(conversation.messages.all(), request.POST.get("message", ""))
    case = _named(cases.select_related("project"), request.POST.get("case", ""))
    return Act(request, author, conversation, target, case, touched=target)


def _named(rows: QuerySet[M], number: str) -> M | None:
    """The row of that number; None where none is named. Raises Http404 for one that is not there."""
    if not number:
        return None
    found = rows.filter(pk=int(number)).first() if is_number(number) else None
    if found is None:
        raise Http404
    return found


def _answer(site: AdminSite, act: Act, said: str = "", error: str = "", code: str = "") -> HttpResponse:
    request = act.request
    status = 422 if error else 200
    typed: dict[str, Any] = {"error": error, "code": code, "said": said, "label": "", "text": ""}
    if error:
        typed |= {"label": act.field("label"), "text": act.field("text"), "note": act.field("note")}
    if request.headers.get("X-Requested-With") == "fetch":
        frame = Frame(people_of(request, act.conversation, act.case), ("", ""), case=act.case)
        turn = turn_of(act.conversation, frame.people, act.touched) if act.touched else None
        found = marks(request, act.conversation, frame, act.target, [turn] if turn else [])
        context = {"conversation": act.conversation, "frame": frame, **found, **typed, "turn": turn, "gone": act.gone}
        return answer(request, site, "admin/transcript/panel/changed.html", context, status)
    if error:
        kept = [(name, act.field(name)) for name in ("message", "case", "next", "note", "do")]
        context = {"back": _back(act), "kept_fields": kept, "title": error, "name_limit": labels.NAME_LIMIT, **typed}
        return answer(request, site, "admin/transcript/again.html", context, status)
    messages.success(request, said)
    return redirect(_back(act))


def _back(act: Act) -> str:
    """The page that the form was on, which offers to undo a deletion."""
    wanted, host = act.field("next"), act.request.get_host()
    if not url_has_allowed_host_and_scheme(wanted, {host}, require_https=act.request.is_secure()):
        wanted = reverse("admin:conversations_conversation_change", args=[act.conversation.pk])
    parts = urlsplit(wanted)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "gone"]
    if act.gone:
        query.append(("gone", str(act.gone.pk)))
    return urlunsplit(parts._replace(query=urlencode(query), fragment="review"))
