"""The sidebar's list: conversations by the day of their last activity, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conversations.models import Conversation, User

PAGE = 50
DAYS: dict[str, str | Promise] = {
    "today": _("Today"),
    "yesterday": _("Yesterday"),
    "week": _("Last 7 days"),
    "month": _("Last 30 days"),
    "older": _("Older"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """The conversations of a day, or of a stretch of days."""

    day: str
    label: str | Promise
    conversations: list[Conversation]


@dataclass(frozen=True, slots=True)
class Sidebar:
    """`before` is where the next page begins; empty when there is none."""

    groups: list[Group]
    before: str


def sidebar_of(user: User, before: datetime | None = None) -> Sidebar:
    """The newest conversations of `user`, or those last active before a moment."""
    rows = Conversation.objects.visible_to(user).lasting().with_generating().defer("system_prompt", "sampling")
    if before is not None:
        rows = rows.filter(updated_at__lt=before)
    found = list(rows.order_by("-updated_at")[: PAGE + 1])
    shown = found[:PAGE]
    today = timezone.localdate()
    by_day: dict[str, list[Conversation]] = {day: [] for day in DAYS}
    for conversation in shown:
        by_day[_day(today - timezone.localdate(conversation.updated_at))].append(conversation)
    groups = [Group(day, label, by_day[day]) for day, label in DAYS.items()]
    return Sidebar(groups, shown[-1].updated_at.isoformat() if len(found) > PAGE else "")


def _day(ago: timedelta) -> str:
    if ago.days <= 0:
        return "today"
    if ago.days == 1:
        return "yesterday"
    if ago.days < 7:
        return "week"
    return "month" if ago.days < 30 else "older"
