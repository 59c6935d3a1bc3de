"""The reading page: a conversation to be read, never changed, with the reviewer's panel beside it.

`open_page` is all that a door needs: it asks for the reason first, where one is due.
"""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from conversations.admin.reading.frame import Frame
from conversations.admin.reading.gate import REVIEW, answer, ask_first, is_number
from conversations.admin.reading.parts import Part, part_of
from conversations.admin.reading.turns import Turn, mark
from conversations.keeping.sharing import link_of
from conversations.models import Conversation, Message, Rating, Role, Share
from conversations.models.review.case import NOTE_LIMIT
from conversations.review import labels, notes
from conversations.review.members import works_in
from conversations.views.lookups import member_of

SHORTCUTS = (
    ("j n", _("Next message")),
    ("k p", _("Previous message")),
    ("J", _("Next conversation")),
    ("K", _("Previous conversation")),
    ("b", _("Next version of this message, or the list of branches")),
    ("l", _("Label this message, or the conversation")),
    ("c", _("Note on this message, or on the conversation")),
    ("w", _("Whole conversation: label and note that")),
    ("i", _("About this reply")),
    ("?", _("This list")),
)


def open_page(request: HttpRequest, site: AdminSite, conversation: Conversation, frame: Frame) -> HttpResponse:
    """The conversation, or the form that asks why. Raises Http404 and PermissionDenied."""
    asking = ask_first(request, site, conversation, frame)
    if asking is not None:
        return asking
    if request.headers.get("X-Requested-With") == "fetch":
        return _aimed(request, site, conversation, frame)
    part = part_of(conversation, frame.people, request.GET.dict())
    context = {
        "title": frame.people.title(conversation),
        "conversation": conversation,
        "frame": frame,
        "part": part,
        "facts": facts(conversation, frame, is_whole=part.is_whole),
        "system_prompt": frame.people.text(conversation.system_prompt),
        "branches": [(branch, frame.people.text(branch.beginning)) for branch in part.branches],
        "ratings": _ratings(conversation),
        **({} if frame.people.is_blind else _links(conversation)),
        "shortcuts": SHORTCUTS,
        "owner": frame.people.owner(conversation),
        **marks(request, conversation, frame, _target(part, request.GET.get("on", "")), part.turns),
        **frame.extra,
    }
    return answer(request, site, "admin/transcript/page.html", context)


def marks(
    request: HttpRequest, conversation: Conversation, frame: Frame, target: Message | None, turns: list[Turn]
) -> dict[str, Any]:
    """What the panel and the strips below the messages show of labels and notes."""
    reader = member_of(request)
    taken = list(notes.on(conversation, frame.case, is_blind=frame.people.is_blind))
    for note in taken:
        if note.author_id != reader.pk:  # one's own are there to be changed
            note.text = frame.people.text(note.text)
    mark(turns, taken)
    gone = request.GET.get("gone", "")
    undone = notes.own(reader, int(gone)) if is_number(gone) else None
    return {
        "case": frame.case,
        "target": target,
        "labels": labels.on_messages([target.pk]).get(target.pk, []) if target else labels.on(conversation),
        "offered": labels.offered(),
        "notes": taken,
        "gone": undone if undone and undone.trashed_at and undone.conversation_id == conversation.pk else None,
        "may_review": works_in(reader, frame.case.project) if frame.case else reader.has_perm(REVIEW),
        "may_create": reader.has_perm("conversations.add_label"),
        "back": request.POST.get("next") or request.get_full_path(),
        "note_limit": NOTE_LIMIT,
        "name_limit": labels.NAME_LIMIT,
    }


def facts(conversation: Conversation, frame: Frame, *, is_whole: bool) -> list[tuple[Any, Any]]:
    """What is known of the whole: names and values, moments as such. Tokens are counted where that is quick."""
    people = frame.people
    rows = [
        (_("Owner"), people.owner(conversation)),
        (_("Model"), people.model(conversation.model_name)),
        (_("Created"), conversation.created_at),
        (_("Last activity"), conversation.updated_at),
        (_("Tokens of the replies"), _tokens(conversation) if is_whole and not people.is_blind else 0),
        (_("Deleted"), conversation.trashed_at),
    ]
    return [(name, value) for name, value in rows if value]


def _links(conversation: Conversation) -> dict[str, Any]:
    """The link by which others read it, or the one that staff have stopped."""
    link = link_of(conversation)
    return {"link": link, "barred": None if link else Share.objects.barred(conversation).first()}


def _aimed(request: HttpRequest, site: AdminSite, conversation: Conversation, frame: Frame) -> HttpResponse:
    """For a script: the marks alone, of the message that is `on` now."""
    number = request.GET.get("on", "")
    target = conversation.messages.filter(pk=int(number)).first() if is_number(number) else None
    if number and target is None:
        raise Http404
    context = {"conversation": conversation, "frame": frame, **marks(request, conversation, frame, target, [])}
    return answer(request, site, "admin/transcript/panel/changed.html", context)


def _tokens(conversation: Conversation) -> int:
    """How many its replies have, as far as they are numbers: a file that was imported may say anything."""
    counts = conversation.messages.filter(role=Role.ASSISTANT).values_list("metrics__reply_tokens", flat=True)
    return sum(count for count in counts if isinstance(count, int))


def _ratings(conversation: Conversation) -> tuple[int, int]:
    """How many thumbs point up, and how many down."""
    values = list(Rating.objects.filter(conversation=conversation).values_list("value", flat=True))
    return values.count(1), values.count(-1)


def _target(part: Part, number: str) -> Message | None:
    """The message that is labelled and noted on; None for the whole."""
    if not number:
        return None
    found = next((turn.message for turn in part.turns if str(turn.message.pk) == number), None)
    if found is None:
        raise Http404
    return found
