"""Messages by their words, the newest first, in bounded time whatever is looked for.

There is no ranking: "newest first" is an order that a reviewer can rely on, and with it the database may stop early.
Of a common word the site's newest matches are gone through for those that were asked for; when these are few, they are
gone through instead. Either way a page that had to stop names the place where the next one goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.utils.safestring import SafeString

from conversations.models import Message
from conversations.models.message import RUNNING
from conversations.search.query import Query, parse
from conversations.search.snippets import fits, snippet

PAGE = 50
MOST = 500
LOOKED_THROUGH = 40_000  # matches of the site, for one page
FEW = 2_000  # messages
_CHUNKS = (500, 4000, 10_000)
_ABOVE_ALL = 2**63 - 1

_SQLITE = """SELECT rowid AS id FROM conversations_message_search
    WHERE conversations_message_search MATCH %s AND rowid < %s ORDER BY rowid DESC LIMIT %s"""
_POSTGRESQL = """SELECT message_id AS id FROM conversations_message_search
    WHERE words @@ to_tsquery('simple', %s) AND message_id < %s ORDER BY message_id DESC LIMIT %s"""


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
    """`before` asks for the next ones (None: there are no more). Not `is_full`: it stopped looking, not counting."""

    hits: list[Hit]
    before: int | None = None
    is_full: bool = True


def search(text: str, within: QuerySet[Message], limit: int = PAGE, before: int | None = None) -> Found:
    """The newest messages of `within` that fit what a person typed, at most `limit` (MOST) of them.

    `within` says whose: `Message.objects.visible_to(user)` leaves out what was deleted. Nothing typed is an error;
    what names no word finds nothing.
    """
    query, limit = parse(text), min(limit, MOST)
    if query.finds_nothing:
        return Found([])
    within = within.order_by()
    found: list[int] = []
    if len(within.values_list("pk")[: FEW + 1]) <= FEW:
        found = [pk for pk, _conversation in those_that_fit(query, within, before)]
        return _page(query, found, limit, None)
    for part in parts(query, before):
        found += [pk for pk, _conversation in part.of_messages(within)]
        if len(found) > limit:
            break
        before = part.before
    return _page(query, found, limit, before)


@dataclass(frozen=True, slots=True)
class Part:
    """`size` of the site's matches, from the number `top` (exclusive) down; `before` is where the next ones begin."""

    query: Query
    top: int
    size: int
    before: int | None

    def of_messages(self, within: QuerySet[Message]) -> list[tuple[int, UUID]]:
        """Number and conversation of those in `within`, the newest first."""
        return self._those(within.filter(pk=RawSQL("fitting.id", ())))

    def of_conversations(self, rows: QuerySet[Any]) -> list[tuple[int, UUID]]:
        """The same of those whose conversation is one of `rows`."""
        return self._those(rows.filter(pk=RawSQL("said.conversation_id", ())))

    def _those(self, wanted: QuerySet[Any]) -> list[tuple[int, UUID]]:
        """In one statement: taking the numbers out and in again would take ten times the time."""
        if not self.size:
            return []
        inner, values = wanted.order_by().values("pk").query.sql_with_params()
        field = Message._meta.get_field("conversation").target_field
        statement = f"""SELECT said.id, said.conversation_id FROM ({_matching()}) fitting
            JOIN conversations_message said ON said.id = fitting.id
            WHERE EXISTS ({inner}) ORDER BY said.id DESC"""  # noqa: S608 - all values are parameters
        with connection.cursor() as cursor:
            cursor.execute(statement, [_typed(self.query), self.top, self.size, *values])
            return [(pk, field.to_python(conversation)) for pk, conversation in cursor.fetchall()]


def parts(query: Query, before: int | None) -> Iterator[Part]:
    """The matches of the site from below `before` downward, in parts that grow, at most LOOKED_THROUGH of them."""
    top, looked_at = before if before is not None else _ABOVE_ALL, 0
    for size in chain(_CHUNKS, repeat(_CHUNKS[-1])):
        numbers = matches(query, top, size)
        is_last = len(numbers) < size
        yield Part(query, top, len(numbers), None if is_last else numbers[-1])
        looked_at += size
        if is_last or looked_at >= LOOKED_THROUGH:
            return
        top = numbers[-1]


def matches(query: Query, before: int, limit: int) -> list[int]:
    """The greatest numbers below `before` of messages that fit, of the whole site."""
    with connection.cursor() as cursor:
        cursor.execute(_matching(), [_typed(query), before, limit])
        return [number for (number,) in cursor.fetchall()]


def those_that_fit(query: Query, few: QuerySet[Message], before: int | None = None) -> list[tuple[int, UUID]]:
    """Number and conversation of those that fit among a few messages, which are read; the newest first."""
    rows = few.exclude(state__in=RUNNING).order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    values = rows.values_list("pk", "conversation_id", "content").iterator(200)
    return [(pk, conversation) for pk, conversation, content in values if fits(content, query)]


def hits_of(query: Query, numbers: list[int]) -> list[Hit]:
    """The messages of these numbers as hits, the newest first."""
    rows = Message.objects.filter(pk__in=numbers).order_by("-pk")
    values = rows.values_list("pk", "conversation_id", "role", "content", "trashed_at", "conversation__trashed_at")
    return [
        Hit(pk, conversation, role, snippet(content, query), bool(trashed or all_trashed))
        for pk, conversation, role, content, trashed, all_trashed in values
    ]


def _page(query: Query, found: list[int], limit: int, before: int | None) -> Found:
    hits = hits_of(query, found[:limit])
    return Found(hits, found[limit - 1], True) if len(found) > limit else Found(hits, before, before is None)


def _matching() -> str:
    return _SQLITE if connection.vendor == "sqlite" else _POSTGRESQL


def _typed(query: Query) -> str:
    return query.as_fts5() if connection.vendor == "sqlite" else query.as_tsquery()
