"""A page of the list: its conversations, and what the columns say of each, in a handful of statements."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q

from conversations.admin.review_list.narrowing import Rows, narrowed
from conversations.models import Case, Conversation, Label, LabelUse, Rating, State, User
from conversations.review.blinding import people_in
from conversations.review.people import People
from conversations.search import Hit, search_conversations

PAGE = 50
ORDER = ("-updated_at", "id")
_COLUMNS = (
    "id", "owner_id", "owner__username", "title", "updated_at", "trashed_at", "leaf_id", "backend_name", "model_name",
    "size",
)  # fmt: skip


@dataclass(slots=True)
class Row:
    """One conversation as the viewer may see it."""

    conversation: Conversation
    people: People
    state: str
    up: int = 0
    down: int = 0
    labels: list[Label] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)

    @property
    def title(self) -> str:
        """What it is called."""
        return self.people.title(self.conversation)

    @property
    def owner(self) -> str:
        """Whose it is."""
        return self.people.owner(self.conversation)

    @property
    def model(self) -> str:
        """The model that it is set to."""
        return self.people.model(self.conversation.model_name)

    @property
    def state_words(self) -> str:
        """How the last reply ended."""
        return str(State(self.state).label) if self.state else ""


@dataclass(frozen=True, slots=True)
class Page:
    """`after` asks for the rows that follow; "" when there are none. Not `is_full`: it stopped looking."""

    rows: list[Row]
    after: str = ""
    is_full: bool = True


def page_of(wishes: dict[str, Any], viewer: User, after: str = "") -> Page:
    """The rows that the filters leave, from the place `after` on, which another page named."""
    rows = narrowed(wishes, viewer)
    if "q" in wishes:
        return _found(wishes["q"], rows, viewer, after)
    chosen = list(_shown(_below(rows, after)).order_by(*ORDER)[: PAGE + 1])
    more = place_of(chosen[PAGE - 1]) if len(chosen) > PAGE else ""
    return Page(_rows(chosen[:PAGE], viewer), more)


def place_of(conversation: Conversation) -> str:
    """Where it stands in the order, for an address."""
    return f"{conversation.updated_at.isoformat()}_{conversation.pk.hex}"


def _below(rows: Rows, after: str) -> Rows:
    """Those after a place; all of them for one that is none."""
    moment, _separator, key = after.partition("_")
    try:
        at, pk = datetime.fromisoformat(moment), UUID(key)
    except ValueError:
        return rows
    if at.tzinfo is None:
        return rows
    # Said twice: the first half is what an index is entered with.
    return rows.filter(updated_at__lte=at).filter(Q(updated_at__lt=at) | Q(pk__gt=pk))


def around(wishes: dict[str, Any], viewer: User, found: Conversation, after: str = "") -> list[UUID | None]:
    """The ones before and after `found` in the list; of a search only on its page, which begins `after` a place."""
    if "q" in wishes:
        shown = [None, *(row.conversation.pk for row in page_of(wishes, viewer, after).rows), None]
        at = shown.index(found.pk) if found.pk in shown else 0
        return [shown[at - 1], shown[at + 1]] if at else [None, None]
    rows, now = narrowed(wishes, viewer), found.updated_at
    newer = rows.filter(updated_at__gte=now).filter(Q(updated_at__gt=now) | Q(pk__lt=found.pk))
    older = _below(rows, place_of(found))
    both = (newer.order_by("updated_at", "-id"), older.order_by(*ORDER))
    return [each.values_list("pk", flat=True).first() for each in both]


def _found(text: str, rows: Rows, viewer: User, after: str) -> Page:
    before = int(after) if after.isdecimal() and len(after) < 19 else None
    found = search_conversations(text, rows, PAGE, before)
    chosen = {row.pk: row for row in _shown(Conversation.objects.filter(pk__in=found.hits))}
    shown = _rows([chosen[pk] for pk in found.hits if pk in chosen], viewer)
    for row in shown:
        row.hits = found.hits[row.conversation.pk]
    return Page(shown, str(found.before or ""), found.is_full)


def _shown(rows: Rows) -> Rows:
    return rows.select_related("owner").only(*_COLUMNS).annotate(last_state=F("leaf__state"))


def _rows(conversations: list[Conversation], viewer: User) -> list[Row]:
    people = people_in(viewer, conversations)
    rows = {found.pk: Row(found, people[found.pk], getattr(found, "last_state", None) or "") for found in conversations}
    ratings = Rating.objects.filter(conversation__in=rows).order_by().values_list("conversation_id")
    for pk, up, down in ratings.annotate(up=Count("pk", Q(value=1)), down=Count("pk", Q(value=-1))):
        rows[pk].up, rows[pk].down = up, down
    for use in LabelUse.objects.filter(conversation__in=rows).select_related("label").order_by("label__name"):
        if use.label not in rows[use.conversation_id].labels:
            rows[use.conversation_id].labels.append(use.label)
    for case in (
        Case.objects.filter(conversation__in=rows).select_related("project", "assignee").order_by("project__name")
    ):
        rows[case.conversation_id].cases.append(case)
    return list(rows.values())
