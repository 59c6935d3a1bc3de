"""The conversations that the filters leave, found in bounded time at any size.

The list goes down the index of last activity. What few conversations have is looked up from its own table; what many
have is met soon on the way down, with one look-up each. Which of the two it is, a bounded count tells.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils import timezone

from conversations.admin.review_list.fields import ANY, EMPTY, NONE, RUNNING, TELLING, UP
from conversations.models import Case, Conversation, LabelUse, Message, Rating, State, User
from conversations.models.message import RUNNING as RUNNING_STATES
from conversations.review.blinding import without_blind

FEW = 2000
_PEOPLE = 200

Rows = QuerySet[Conversation]


def narrowed(wishes: dict[str, Any], viewer: User) -> Rows:
    """What `viewer` sees in the list for what was asked, without an order."""
    rows: Rows = Conversation.objects.besides_temporary().order_by()
    if any(name in wishes for name in TELLING):
        rows = without_blind(rows, viewer)
    for name, narrow in _NARROWING.items():
        if name in wishes:
            rows = narrow(rows, wishes[name])
    if "project" in wishes or "status" in wishes:
        rows = _in_review(rows, wishes.get("project"), wishes.get("status"))
    return rows


def _holding(rows: Rows, found: QuerySet[Any], *, path: str = "conversation_id", of: str = "pk") -> Rows:
    """Those whose `of` is in the column `path` of `found`."""
    if len(found.order_by().values_list("pk")[: FEW + 1]) <= FEW:
        return rows.filter(**{f"{of}__in": found.order_by().values(path)})
    return rows.filter(Exists(found.filter(**{path: OuterRef(of)})))


def _without(rows: Rows, model: type[Model], **filters: Any) -> Rows:
    return rows.filter(~Exists(model._default_manager.filter(conversation=OuterRef("pk"), **filters)))


def _by_owner(rows: Rows, name: str) -> Rows:
    """By the account's name or address, whole or the beginning of it."""
    people = User.objects.filter(Q(username__iexact=name) | Q(email__iexact=name))
    if not people.exists():
        people = User.objects.filter(Q(username__istartswith=name) | Q(email__istartswith=name))
    return rows.filter(owner__in=list(people.order_by("pk").values_list("pk", flat=True)[:_PEOPLE]))


def _by_state(rows: Rows, state: str) -> Rows:
    if state == EMPTY:
        return rows.filter(leaf=None)
    states = RUNNING_STATES if state == RUNNING else (State(state),)
    return _holding(rows, Message.objects.filter(state__in=states), path="pk", of="leaf")


def _by_error(rows: Rows, error: str) -> Rows:
    if error == NONE:
        return _without(rows, Message, state=State.FAILED)
    failed = Message.objects.filter(state=State.FAILED)
    return _holding(rows, failed if error == ANY else failed.filter(error_code=error))


def _by_rating(rows: Rows, rating: str) -> Rows:
    if rating == NONE:
        return _without(rows, Rating)
    values = (1, -1) if rating == ANY else ((1,) if rating == UP else (-1,))
    return _holding(rows, Rating.objects.filter(value__in=values))


def _by_label(rows: Rows, label: str) -> Rows:
    if label == NONE:
        return _without(rows, LabelUse)
    return _holding(rows, LabelUse.objects.filter(label=_number(label)))


def _in_review(rows: Rows, project: str | None, status: str | None) -> Rows:
    if project == NONE:
        return _without(rows, Case)
    cases = Case.objects.filter(project=_number(project)) if project else Case.objects.all()
    return _holding(rows, cases.filter(status=status) if status else cases)


def _number(text: str) -> int:
    """A made-up number finds nothing."""
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


_NARROWING: dict[str, Callable[[Rows, Any], Rows]] = {
    "owner": _by_owner,
    "model": lambda rows, name: rows.filter(model_name=name),
    "backend": lambda rows, name: rows.filter(backend_name=name),
    "title": lambda rows, words: rows.filter(title__icontains=words),
    "state": _by_state,
    "error": _by_error,
    "rating": _by_rating,
    "label": _by_label,
    "since": lambda rows, day: rows.filter(updated_at__gte=_midnight(day)),
    "until": lambda rows, day: rows.filter(updated_at__lt=_midnight(day + timedelta(days=1))),
    "shortest": lambda rows, number: rows.filter(size__gte=number),
    "longest": lambda rows, number: rows.filter(size__lte=number),
    "deleted": lambda rows, answer: rows.filter(trashed_at__isnull=answer == "no"),
}
