"""Moving to another database, and back: every row is the same, and no trigger has written a second time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections

from conversations.backups import loading, moving, sequences
from conversations.backups.databases import opened
from conversations.backups.errors import Differs, Refused
from conversations.backups.in_use import refuse_when_open
from conversations.backups.tables import Table, tables
from conversations.models import AccessKind, AccessRecord, Conversation, Message, User

Empty = Callable[[str], str]


def sums(alias: str) -> dict[str, Any]:
    return {table.name: table.sum(alias).as_value() for table in tables(alias)}


def test_every_row_arrives_there_and_back(talks: Conversation, empty: Empty) -> None:
    reader = User.objects.create_user("eve", "eve@example.org", "correct horse battery")
    AccessRecord.objects.note(AccessKind.READ, reader, talks, "a reason", "")
    before, last = sums("default"), sequences.read("default", tables("default"))
    first, second = empty("sqlite"), empty("other")
    moving.move(first)
    with opened(first, "first") as alias:
        assert sums(alias) == before
        heard: list[str] = []
        assert moving.move(second, using=alias, say=lambda name, _count: heard.append(name)) == total(before)
        assert heard == sorted(before)
    with opened(second, "second") as alias:
        assert sums(alias) == before
        assert last.items() <= sequences.read(alias, tables(alias)).items()
        made = Message.objects.using(alias).create(conversation_id=talks.pk, role="user", content="And then?")
        assert made.pk > last["conversations_message"]
        assert Conversation.objects.using(alias).get().size == talks.messages.count() + 1
        with pytest.raises(Refused, match="conversations_message"):
            loading.refuse_what_is_used(alias)
        with pytest.raises(Refused, match="empty"):
            moving.move(second)


def test_a_row_that_changed_on_the_way_is_named_and_nothing_is_kept(
    talks: Conversation, empty: Empty, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, url = Table.insert, empty("sqlite")

    def altering(self: Table, using: str, rows: Any) -> None:
        place = self.columns.index("content") if self.name == "conversations_message" else None
        changed = [[*row[:place], "altered", *row[place + 1 :]] if place is not None else row for row in rows]
        honest(self, using, changed)

    monkeypatch.setattr(Table, "insert", altering)
    with pytest.raises(Differs, match="of conversations_message did not arrive"):
        moving.move(url)
    with opened(url, "spared") as alias:
        loading.refuse_what_is_used(alias)


def test_the_command_says_what_to_set_and_refuses_a_running_site(
    talks: Conversation, empty: Empty, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = empty("sqlite")
    monkeypatch.setattr("conversations.management.commands.move.refuse_when_open", lambda _using: None)
    with pytest.raises(CommandError, match="DATABASE_URL: use postgres"):
        call_command("move", to="mysql://localhost/chatsite")
    call_command("move", to=url)
    assert f"DATABASE_URL={url}" in capsys.readouterr().out
    with opened(url, "moved") as alias, opened(url, "running") as other:
        refuse_when_open(alias)
        connections[other].ensure_connection()
        with connections[other].cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM conversations_message")
        with pytest.raises(Refused, match="stop the site"):
            refuse_when_open(alias)


def total(found: dict[str, Any]) -> int:
    return sum(table["rows"] for table in found.values())
