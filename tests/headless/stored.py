"""What the database has, read past the program: a conversation's chosen path, and who asked what."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from tests.headless.articles import RUNNING

COLUMNS = "id, parent_id, role, state, content, client_id, sender_id, trashed_at IS NULL, conversation_id"
Shown = tuple[int | None, str, str, list[int], str]
"""Of a message: number, role, state, the numbers of all at its place, and its text."""


@dataclass(frozen=True, slots=True)
class Row:
    """A message."""

    id: int
    parent: int | None
    role: str
    state: str
    content: str
    client_id: str
    sender: int | None
    is_kept: bool
    conversation: UUID


@dataclass(frozen=True, slots=True)
class Tree:
    """A conversation with all its messages."""

    leaf: int | None
    is_kept: bool
    rows: dict[int, Row]

    @property
    def is_quiet(self) -> bool:
        """Nothing is being written."""
        return not any(row.state in RUNNING for row in self.rows.values())

    def path(self) -> list[Row]:
        """From the root to the leaf."""
        found: list[Row] = []
        pk = self.leaf
        while pk is not None:
            found.append(self.rows[pk])
            pk = found[-1].parent
        return found[::-1]

    def view(self) -> list[Shown]:
        """What a page must show."""
        kept = sorted((row for row in self.rows.values() if row.is_kept), key=lambda row: row.id)
        return [
            (row.id, row.role, row.state, [each.id for each in kept if each.parent == row.parent], row.content.rstrip())
            for row in self.path()
        ]

    def question_of(self, row: Row) -> str:
        """What a reply answers; empty where that is gone."""
        found: Row | None = row
        while found is not None and found.role != "user":
            found = self.rows.get(found.parent or 0)
        return found.content if found else ""


class Stored:
    """The database of a site, by its environment: a data folder, or `DATABASE_URL`."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._url = environment.get("DATABASE_URL", "")
        self._file = Path(environment["DATA_DIR"]) / "chatsite.sqlite3"

    def tree(self, conversation: UUID) -> Tree | None:
        """The conversation; None when there is none."""
        head = "SELECT leaf_id, trashed_at IS NULL FROM conversations_conversation WHERE id = ?"
        found = self._rows(head, self._key(conversation))
        if not found:
            return None
        rows = self._messages("conversation_id = ?", self._key(conversation))
        return Tree(found[0][0], bool(found[0][1]), {row.id: row for row in rows})

    def sent_by(self, sender: int, since: int = 0) -> list[Row]:
        """All that a person has sent, after the message of that number, and the replies to it."""
        return self._messages("sender_id = ? AND id > ?", sender, since)

    def newest(self) -> int:
        """The number of the last message."""
        return int(self._rows("SELECT COALESCE(MAX(id), 0) FROM conversations_message")[0][0])

    def running(self) -> list[Row]:
        """All that somebody says to be writing."""
        return self._messages(f"state IN {RUNNING!r}")

    def user(self, name: str) -> int:
        """The number of a person."""
        return int(self._rows("SELECT id FROM conversations_user WHERE username = ?", name)[0][0])

    def _messages(self, condition: str, *values: object) -> list[Row]:
        query = f"SELECT {COLUMNS} FROM conversations_message WHERE {condition}"
        return [_row(*row) for row in self._rows(query, *values)]

    def _key(self, pk: UUID) -> object:
        return pk if self._url else pk.hex

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        if self._url:
            with psycopg.connect(self._url) as server:
                return server.execute(query.replace("?", "%s"), values).fetchall()
        with closing(sqlite3.connect(f"file:{self._file}?mode=ro", uri=True, timeout=20)) as file:
            return file.execute(query, values).fetchall()


def _row(*values: Any) -> Row:
    pk, parent, role, state, content, client_id, sender, is_kept, conversation = values
    own = str(UUID(str(client_id))) if client_id else ""
    return Row(pk, parent, role, state, content, own, sender, bool(is_kept), UUID(str(conversation)))
