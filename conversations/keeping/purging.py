"""The purge: what has been in the trash long enough, and what is older than the rules of retention allow."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from conversations.keeping.holds import held, unheld
from conversations.keeping.removing import Ledger, mark, remove, remove_branch
from conversations.keeping.rules import due_by_retention
from conversations.models import Conversation, Message, PurgeReport, Rule, SiteSettings
from conversations.models.conversation import ConversationQuerySet

BATCH = 50  # conversations that are looked up together
_PATIENCE = timedelta(minutes=5)  # then whoever marked a conversation is not deleting it any more


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a purge would do by one rule now."""

    rule: Rule
    detail: str
    conversations: int
    messages: int
    held: int


def purge(now: datetime | None = None, reports: list[PurgeReport] | None = None) -> Generator[None, None, None]:
    """Delete all that is due, a short transaction a step; `reports` takes what was written down."""
    moment = now or timezone.now()
    written = [] if reports is None else reports
    for rule, detail, found in _due(moment):
        ledger = Ledger(rule, detail, held(found).count())
        yield from _purge(found, ledger)
        written += ledger.reports
    kept = held(Conversation.objects.filter(messages__in=_branches_due(moment))).distinct().count()
    ledger = Ledger(Rule.BRANCH, "", kept)
    while branches := list(_branches_due(moment).filter(conversation__in=_unheld())[:BATCH]):
        for branch in branches:
            yield from remove_branch(branch, ledger)
    written += ledger.reports


def forecast(now: datetime | None = None) -> list[Forecast]:
    """What `purge` would do, rule by rule, where there is anything."""
    moment = now or timezone.now()
    found = []
    for rule, detail, rows in _due(moment):
        going = unheld(rows)
        messages = Message.objects.filter(conversation__in=going.order_by().values("pk")).count()
        found.append(Forecast(rule, detail, going.count(), messages, held(rows).count()))
    branches = _branches_due(moment)
    free = branches.filter(conversation__in=_unheld())
    kept = branches.values("conversation").distinct().count() - free.values("conversation").distinct().count()
    found.append(Forecast(Rule.BRANCH, "", 0, sum(len(branch.descendants()) for branch in free), kept))
    return [each for each in found if each.conversations or each.messages or each.held]


def _due(moment: datetime) -> Iterator[tuple[Rule, str, ConversationQuerySet]]:
    rows = Conversation.objects.lasting()
    yield Rule.LEFT, "", rows.filter(trashed_at__isnull=False, purged_at__lt=moment - _PATIENCE)
    days = SiteSettings.load().trash_days
    yield Rule.TRASH, str(days), rows.filter(trashed_at__lt=moment - timedelta(days=days), purged_at=None)
    for due in due_by_retention(moment):
        yield Rule.RETENTION, due.name, due.conversations


def _branches_due(moment: datetime) -> QuerySet[Message]:
    before = moment - timedelta(days=SiteSettings.load().trash_days)
    return Message.objects.roots_in_trash().filter(trashed_at__lt=before).order_by("pk")


def _unheld() -> QuerySet[Conversation, Any]:
    return unheld(Conversation.objects.order_by()).values("pk")


def _purge(found: ConversationQuerySet, ledger: Ledger) -> Iterator[None]:
    while keys := list(unheld(found).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        for key in keys:
            if mark(found.filter(pk=key)):
                yield from remove(key, ledger)
