"""Messages by their words, the newest first, in bounded time whatever is looked for.

There is no ranking: "newest first" is an order that a reviewer can rely on, and with it the database may stop early.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils.safestring import SafeString

from conversations.models import Message
from conversations.search.query import Query, parse
from conversations.search.snippets import snippet

PAGE = 50
MOST = 500
# Matches on the whole site that are looked through for those among the messages asked for; where those are few, they
# are looked through instead.
LOOKED_THROUGH = 20_000
FEW = 2_000
_CHUNKS = (200, 1000, 2000)

_SQLITE = """SELECT rowid FROM conversations_message_search
    WHERE conversations_message_search MATCH %s AND rowid < %s ORDER BY rowid DESC LIMIT %s"""
_SQLITE_AMONG = """SELECT rowid FROM conversations_message_search
    WHERE conversations_message_search MATCH %s AND rowid IN ({})"""
_POSTGRESQL = """SELECT message_id FROM conversations_message_search
    WHERE words @@ to_tsquery('simple', %s) AND message_id < %s ORDER BY message_id DESC LIMIT %s"""
_POSTGRESQL_AMONG = """SELECT message_id FROM conversations_message_search
    WHERE words @@ to_tsquery('simple', %s) AND message_id IN ({})"""
_ABOVE_ALL = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that fits; `snippet` is safe HTML with <mark>. `is_trashed`: it, or its conversation, was deleted."""

    message: int
    conversation: UUID
    role: str
    snippet: SafeString
    is_trashed: bool


@dataclass(frozen=True, slots=True)
class Found:
    """`before` asks for the next ones (None: there are no more). Not `is_complete`: older ones were not looked at."""

    hits: list[Hit]
    before: int | None = None
    is_complete: bool = True


def search(text: str, within: QuerySet[Message], limit: int = PAGE, before: int | None = None) -> Found:
    """The newest messages of `within` that fit what a person typed, at most `limit` (MOST) of them.

    `within` says whose: `Message.objects.visible_to(user)` leaves out what was deleted. Nothing typed is an error;
    what names no word finds nothing.
    """
    query, limit = parse(text), min(limit, MOST)
    if query.finds_nothing:
        return Found([])
    within = within.order_by()
    few = list(within.values_list("pk", flat=True)[: FEW + 1])
    if len(few) <= FEW:
        fitting = sorted((pk for pk in among(query, few) if before is None or pk < before), reverse=True)
        return _found(query, fitting, limit, is_complete=True)
    fitting, is_complete = _walk(query, within, limit + 1, before)
    return _found(query, fitting, limit, is_complete=is_complete)


def _walk(query: Query, within: QuerySet[Message], wanted: int, before: int | None) -> tuple[list[int], bool]:
    """Go down the site's matches until enough of them are `within`; whether it came to an end by itself."""
    found: list[int] = []
    looked_at, size, last = 0, 0, before if before is not None else _ABOVE_ALL
    while len(found) < wanted:
        if looked_at >= LOOKED_THROUGH:
            return found, False
        size = next((each for each in _CHUNKS if each > size), size)
        chunk = matches(query, last, size)
        found += sorted(within.filter(pk__in=chunk).values_list("pk", flat=True), reverse=True) if chunk else []
        if len(chunk) < size:
            break
        looked_at, last = looked_at + size, chunk[-1]
    return found, True


def matches(query: Query, before: int, limit: int) -> list[int]:
    """The greatest numbers below `before` of messages that fit, of the whole site."""
    if connection.vendor == "sqlite":
        return _numbers(_SQLITE, [query.as_fts5(), before, limit])
    return _numbers(_POSTGRESQL, [query.as_tsquery(), before, limit])


def among(query: Query, numbers: list[int]) -> set[int]:
    """Those of `numbers` that fit."""
    if not numbers:
        return set()
    places = ", ".join(["%s"] * len(numbers))
    if connection.vendor == "sqlite":
        return set(_numbers(_SQLITE_AMONG.format(places), [query.as_fts5(), *numbers]))
    return set(_numbers(_POSTGRESQL_AMONG.format(places), [query.as_tsquery(), *numbers]))


def _numbers(statement: str, values: list[str | int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [number for (number,) in cursor.fetchall()]


def _found(query: Query, fitting: list[int], limit: int, *, is_complete: bool) -> Found:
    shown = fitting[:limit]
    rows = Message.objects.filter(pk__in=shown).order_by("-pk")
    values = rows.values_list("pk", "conversation_id", "role", "content", "trashed_at", "conversation__trashed_at")
    hits = [
        Hit(pk, conversation, role, snippet(content, query), bool(trashed or all_trashed))
        for pk, conversation, role, content, trashed, all_trashed in values
    ]
    return Found(hits, shown[-1] if len(fitting) > limit else None, is_complete)
