"""A program that follows the changes from empty, and what it should have in the end."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from conversations.exports.changes import Deleted, Edited, Head, page
from conversations.exports.changes.lines import Line
from conversations.exports.rights import Reader
from conversations.models import Conversation, Message
from conversations.models.exports.change import BEGINNING, Place
from conversations.models.message import RUNNING

Heads = dict[UUID, tuple[str, str, int | None, str]]
Messages = dict[int, tuple[UUID, int | None, str, str, str]]


class Follower:
    """Keeps what it was told; `times` counts how often each message was told since `forget`."""

    def __init__(self, reader: Reader, limit: int = 7) -> None:
        self.reader = reader
        self.limit = limit
        self.place: Place = BEGINNING
        self.heads: Heads = {}
        self.messages: Messages = {}
        self.lines: list[Line] = []

    def follow(self) -> list[Line]:
        """Read to the end; the new lines."""
        new = list(self._rest())
        for line in new:
            self._take(line)
        self.lines += new
        return new

    def _rest(self) -> Iterator[Line]:
        more = True
        while more:
            found = page(self.reader, self.place, self.limit)
            for lines in found.lines():
                yield from lines
            self.place, more = found.end, found.more

    def _take(self, line: Line) -> None:
        if isinstance(line, Head):
            self.heads[line.conversation] = (line.head.title, line.owner, line.leaf, line.head.model)
        elif isinstance(line, Edited):
            said = line.message
            self.messages[said.id] = (line.conversation, said.parent, said.role, said.state, said.content)
        elif isinstance(line, Deleted) and line.message is None:
            self.heads.pop(line.conversation, None)
            self.messages = {pk: kept for pk, kept in self.messages.items() if kept[0] != line.conversation}
        elif isinstance(line, Deleted):
            self.messages.pop(line.message or 0, None)


def stored_heads() -> Heads:
    rows = Conversation.objects.filter(trashed_at=None).select_related("owner")
    return {row.pk: (row.title, row.owner.username, row.leaf_id, row.model_name) for row in rows}


def stored_messages() -> Messages:
    rows = Message.objects.filter(trashed_at=None, conversation__trashed_at=None).exclude(state__in=RUNNING)
    return {row.pk: (row.conversation_id, row.parent_id, row.role, row.state, row.content) for row in rows}
