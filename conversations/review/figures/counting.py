"""Counts replies by day, person, model or server, in one pass over the replies of a span of days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any

from django.db.models import FloatField, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils import timezone

from conversations.models import Message, Role, State, User

LIMIT = 200_000
"""Replies that are looked at, the newest: it keeps the page within a few seconds and a few megabytes."""

SPANS = (7, 30, 90, 365)
GROUPS = ("day", "user", "model", "backend")


@dataclass(slots=True)
class Figures:
    """Of one group. `first_ms` and `speed` (tokens a second) are medians; None where nothing was measured."""

    key: str
    label: str
    replies: int = 0
    errors: int = 0
    tokens: int = 0
    conversations: set[Any] = field(default_factory=set)
    waits: list[float] = field(default_factory=list)
    speeds: list[float] = field(default_factory=list)

    @property
    def first_ms(self) -> float | None:
        """The median time to the first token, in milliseconds."""
        return median(self.waits) if self.waits else None

    @property
    def speed(self) -> float | None:
        """The median of the replies' tokens a second."""
        return median(self.speeds) if self.speeds else None

    @property
    def error_share(self) -> float:
        """Failed ones of all, in percent."""
        return 100 * self.errors / self.replies if self.replies else 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """`rows` by day in order, else the largest first; `is_cut` when there were more replies than LIMIT."""

    rows: list[Figures]
    total: Figures
    is_cut: bool


def report(days: int, group: str, today: date | None = None) -> Report:
    """The figures of the last `days` days, today included, by one of GROUPS."""
    today = today or timezone.localdate()
    first = today - timedelta(days=days - 1)
    total = Figures("", "")
    groups: dict[str, Figures] = {}
    if group == "day":
        groups = {str(day): Figures(str(day), str(day)) for day in _days(first, today)}
    count = 0
    for key, values in _replies(first, group):
        count += 1
        if key in groups or group != "day":
            _count(groups.setdefault(key, Figures(key, key)), values)
            _count(total, values)
    if group == "user":
        _name(groups)
    rows = list(groups.values())
    if group != "day":
        rows.sort(key=lambda row: (-row.replies, row.label))
    return Report(rows, total, count >= LIMIT)


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def _replies(first: date, group: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
    since = timezone.make_aware(datetime.combine(first, time.min))
    names = {"user": "conversation__owner_id", "model": "model_name", "backend": "backend_name", "day": "created_at"}
    found: QuerySet[Any, Any] = (
        Message.objects.besides_temporary()
        .filter(role=Role.ASSISTANT, created_at__gte=since)
        .order_by("-created_at")
        .annotate(tokens=_figure("reply_tokens"), wait=_figure("first_ms"), speed=_figure("tokens_per_second"))
        .values_list(names[group], "conversation_id", "state", "tokens", "wait", "speed")
    )
    for key, *values in found[:LIMIT].iterator(chunk_size=2000):
        yield str(timezone.localtime(key).date() if group == "day" else key), tuple(values)


def _figure(name: str) -> Cast:
    return Cast(KeyTextTransform(name, "metrics"), FloatField())


def _count(row: Figures, values: tuple[Any, ...]) -> None:
    conversation, state, tokens, wait, speed = values
    row.replies += 1
    row.conversations.add(conversation)
    row.errors += state in (State.FAILED, State.INTERRUPTED)
    row.tokens += int(tokens or 0)
    if wait is not None:
        row.waits.append(wait)
    if speed is not None:
        row.speeds.append(speed)


def _name(groups: dict[str, Figures]) -> None:
    names = dict(User.objects.filter(pk__in=groups).values_list("pk", "username"))
    for row in groups.values():
        row.label = names.get(int(row.key), row.key)
