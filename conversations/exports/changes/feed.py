"""Reads a page of the log, and of what it names how that is now.

Each message that was created, edited or deleted is told exactly once, at the place of its last change: a row whose
subject has changed again since is passed over, because the later row will tell. That is looked at after the state was
read, so a change in between is told by its own row alone, without any lock or snapshot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from conversations.exports.changes.lines import Deleted, Edited, Head, Line
from conversations.exports.rights import Reader
from conversations.models import Change, Conversation, Message
from conversations.models.exports.change import HEAD, ChangeQuerySet, Place
from conversations.review.blinding import without_blind
from conversations.transcripts.outline import conversation_of, message_of
from conversations.uploads.showing import with_files

BATCH = 50  # rows whose texts are in memory together


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of the log: `end` is the place behind them, `more` whether there are further ones already."""

    rows: list[Change]
    end: Place
    more: bool
    reader: Reader

    def lines(self) -> Iterator[list[Line]]:
        """What they tell, some at a time. Raises ExportRefused when the reader may not go on."""
        remaining = iter(self.rows)
        while rows := list(islice(remaining, BATCH)):
            self.reader.check()
            yield list(_told(rows, self.reader))


def page(reader: Reader, place: Place, limit: int) -> Page:
    """Up to `limit` rows behind `place` of what `reader` may see. Raises ExportRefused."""
    reader.check()
    rows = list(_log(reader).settled().behind(place)[: limit + 1])
    kept = rows[:limit]
    return Page(kept, kept[-1].place if kept else place, len(rows) > limit, reader)


def _log(reader: Reader) -> ChangeQuerySet:
    if not reader.is_for_all:
        return Change.objects.filter(owner=reader.user.pk)
    log: ChangeQuerySet = without_blind(Change.objects.all(), reader.user, "conversation")  # type: ignore[assignment]
    return log


def _told(rows: list[Change], reader: Reader) -> Iterator[Line]:
    conversations = Conversation.objects.lasting().filter(trashed_at=None).select_related("owner")
    if not reader.is_for_all:
        conversations = conversations.filter(owner=reader.user)
    heads = conversations.in_bulk([row.conversation for row in rows])
    found = Message.objects.filter(trashed_at=None, conversation__in=heads).defer("html")
    messages = found.in_bulk([row.message for row in rows if row.message != HEAD])
    with_files(messages.values())
    passed = set(Change.objects.filter(pk__in=[row.pk for row in rows]).superseded().values_list("pk", flat=True))
    lasting = [row for row in rows if row.pk not in passed]
    reader.record(heads[row.conversation] for row in lasting if row.conversation in heads)
    for row in lasting:
        line = _line(row, heads, messages)
        if line is not None:
            yield line


def _line(row: Change, heads: Mapping[UUID, Conversation], messages: Mapping[int, Message]) -> Line | None:
    """None for a reply that is being continued: its end will be a row of its own."""
    head = heads.get(row.conversation)
    if row.message == HEAD:
        if head is None:
            return Deleted(conversation=row.conversation)
        return Head(
            conversation=head.pk, owner=head.owner.get_username(), leaf=head.leaf_id, head=conversation_of(head)
        )
    message = messages.get(row.message)
    if message is None:
        return Deleted(conversation=row.conversation, message=row.message)
    if message.is_running:
        return None
    return Edited(conversation=row.conversation, message=message_of(message, is_on_path=False))
