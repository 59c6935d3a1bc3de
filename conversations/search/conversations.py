"""Conversations by what was said in them: those with the newest match first, each once, with its snippets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import QuerySet

from conversations.models import Conversation, Message
from conversations.search import finding
from conversations.search.finding import Hit, hits_of, parts, those_that_fit
from conversations.search.query import Query, parse

SNIPPETS = 2
FEW = 100  # conversations
# A page on which nothing is new is passed over, so often.
_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class FoundConversations:
    """`hits` by conversation, in order. `before` and `is_full` as in `Found`."""

    hits: dict[UUID, list[Hit]] = field(default_factory=dict)
    before: int | None = None
    is_full: bool = True


def search_conversations(
    text: str, rows: QuerySet[Conversation], limit: int, before: int | None = None
) -> FoundConversations:
    """At most `limit` of `rows` in which something fits; `before` comes from the page above."""
    query, first = parse(text), before
    if query.finds_nothing:
        return FoundConversations()
    rows = rows.order_by()
    few = _messages_of_few(rows)
    shown: dict[UUID, list[int]] = {}
    is_full = True
    for _round in range(_ROUNDS):
        if few is not None:
            found, rest = _grouped(those_that_fit(query, few, before)), None
        else:
            found, rest = _of_all(query, rows, limit, before)
        groups = list(found.items())
        shown, is_full = dict(groups[:limit]), len(groups) > limit or rest is None
        before = groups[limit][1][0] + 1 if len(groups) > limit else rest
        if first is not None:
            shown = _without_seen(query, shown, first)
        if shown or before is None or not is_full:
            break
    hits = hits_of(query, [pk for numbers in shown.values() for pk in numbers[:SNIPPETS]])
    by_conversation = {pk: [hit for hit in hits if hit.conversation == pk] for pk in shown}
    return FoundConversations(by_conversation, before, is_full)


def _messages_of_few(rows: QuerySet[Conversation]) -> QuerySet[Message] | None:
    """Their messages, when they are few enough to be read."""
    few = list(rows.values_list("pk", flat=True)[: FEW + 1])
    messages = Message.objects.filter(conversation__in=few)
    is_few = len(few) <= FEW and len(messages.values_list("pk")[: finding.FEW + 1]) <= finding.FEW
    return messages if is_few else None


def _of_all(
    query: Query, rows: QuerySet[Conversation], limit: int, before: int | None
) -> tuple[dict[UUID, list[int]], int | None]:
    pairs: list[tuple[int, UUID]] = []
    for part in parts(query, before):
        pairs += part.of_conversations(rows)
        before = part.before
        if len({conversation for _pk, conversation in pairs}) > limit:
            break
    return _grouped(pairs), before


def _grouped(pairs: Iterable[tuple[int, UUID]]) -> dict[UUID, list[int]]:
    found: dict[UUID, list[int]] = {}
    for pk, conversation in pairs:
        found.setdefault(conversation, []).append(pk)
    return found


def _without_seen(query: Query, found: dict[UUID, list[int]], before: int) -> dict[UUID, list[int]]:
    """Without those that a page above showed already, for a newer message."""
    newer = Message.objects.filter(conversation__in=found, pk__gte=before)
    numbers = list(newer.order_by("-pk").values_list("pk", flat=True)[: finding.FEW])
    seen = {conversation for _pk, conversation in those_that_fit(query, newer.filter(pk__in=numbers))}
    return {conversation: hits for conversation, hits in found.items() if conversation not in seen}
