"""Deletes for good, a bounded piece at a time: rows, words in the index, and files that nothing else names.

A conversation is marked first, in a transaction that looks for holds; then its messages go from the end, so that what
is left is a tree at any moment. However often that is interrupted, the next purge goes on with what is marked.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from conversations.keeping.holds import unheld
from conversations.models import Attachment, Conversation, Message, PurgeReport, Rule
from conversations.models.conversation import ConversationQuerySet

PIECE = 100
"""Messages that go in one transaction."""
KEYS = 200
"""Conversations in one report; then the next begins."""


class Ledger:
    """What goes by one rule, written down as it goes: a process that dies leaves what it had done."""

    def __init__(self, rule: Rule, detail: str = "", held: int = 0) -> None:
        self._rule, self._detail, self._held = rule, detail[:200], held
        self._report = self._begun()
        self.reports: list[PurgeReport] = []

    def add(self, *, messages: int = 0, files: int = 0, conversation: UUID | None = None) -> None:
        """Write down what went just now."""
        if not messages and conversation is None:
            return
        if conversation is not None and len(self._report.keys) >= KEYS:
            self._report = self._begun()
        report = self._report
        report.messages += messages
        report.files += files
        if conversation is not None:
            report.conversations += 1
            report.keys.append(str(conversation))
        report.save()
        if report not in self.reports:
            self.reports.append(report)

    def _begun(self) -> PurgeReport:
        return PurgeReport(rule=self._rule, detail=self._detail, held=self._held)


def mark(found: ConversationQuerySet) -> bool:
    """Take the one in `found` from everybody, for good; False when it is held, or not in there any more."""
    with transaction.atomic():
        rows = unheld(found.order_by())
        if connection.features.has_select_for_update:
            rows = rows.select_for_update(of=("self",))
        conversation = rows.first()
        if conversation is None:
            return False
        now = timezone.now()
        Conversation.objects.filter(pk=conversation.pk).update(
            trashed_at=conversation.trashed_at or now, purged_at=conversation.purged_at or now
        )
    return True


def remove(conversation: UUID, ledger: Ledger | None = None) -> Iterator[None]:
    """Delete one that is marked; each step is one short transaction. Without a ledger nothing tells of it."""
    messages = Message.objects.filter(conversation=conversation).order_by("-pk").values_list("pk", flat=True)
    while piece := list(messages[:PIECE]):
        _remove_piece(piece, ledger)
        yield
    with transaction.atomic():
        if Conversation.objects.filter(pk=conversation).exclude(purged_at=None).delete()[0] and ledger:
            ledger.add(conversation=conversation)
    yield


def remove_branch(message: Message, ledger: Ledger) -> Iterator[None]:
    """Delete a message in the trash with all that hangs below it."""
    numbers = message.descendants()
    while numbers:
        piece, numbers = numbers[-PIECE:], numbers[:-PIECE]
        _remove_piece(piece, ledger)
        yield


def go_on(steps: Iterator[None]) -> bool:
    """Take one step; False when there was none left."""
    return next(steps, "done") != "done"


def _remove_piece(numbers: list[int], ledger: Ledger | None) -> None:
    with transaction.atomic():
        files = Attachment.objects.filter(message__in=numbers).count()
        counts = Message.objects.filter(pk__in=numbers).delete()[1]
        if ledger is not None:
            ledger.add(messages=counts.get(Message._meta.label, 0), files=files)
