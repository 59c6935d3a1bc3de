"""A site with a bit of everything, and empty databases beside it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from inspect import getclosurevars
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client

from conversations.backups.databases import opened
from conversations.ids import uuid7
from conversations.models import Attachment, Conversation, Message, User
from conversations.sealing import seal
from conversations.tasks import close_threads
from conversations.transcripts.chain.keys import public_key
from conversations.uploads import storage
from tests import databases
from tests.unit.exports.conftest import talk

PICTURE = b"\x89PNG" + bytes(range(256)) * 40
STRANGE = {"b": [1e22, 0.1, -0.0, 1.0, "ü\u2028"], "a": {"z": None, "y": True}, "text": "}{'\"%s"}
"""What the two kinds of databases write down differently."""


@pytest.fixture
def data(tmp_path: Path, settings: Any) -> Path:
    """An empty data folder."""
    folder = tmp_path / "data"
    folder.mkdir()
    settings.DATA_DIR = folder
    return folder


@pytest.fixture(autouse=True)
def _second_databases(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Django lets a test have those only that were there when it began."""
    guarded = getclosurevars(BaseDatabaseWrapper.ensure_connection).nonlocals
    monkeypatch.setattr(BaseDatabaseWrapper, "ensure_connection", guarded["real_ensure_connection"])


@pytest.fixture
def talks(transactional_db: None, data: Path) -> Iterator[Conversation]:
    """Alice's conversation, a sent picture, a deleted last message, a session, a sealed key, and the site's keys."""
    alice = User.objects.create_user("alice", "alice@example.org", "correct horse battery")
    alice.groups.add(Group.objects.get(name="Reviewers"))
    made = talk(alice, "Trains", "When to Köln?", "At *noon*, platform 9 3/4.")
    first = Message.objects.get(role="user")
    picture = {"kind": "image", "name": "a.png", "stored_name": storage.keep(PICTURE), "size": len(PICTURE)}
    Attachment.objects.create(pk=uuid7(), owner=alice, message=first, **picture)
    Message.objects.filter(role="assistant").update(metrics=STRANGE, tool_calls=[STRANGE])
    Message.objects.create(conversation=made, role="user", content="gone", sender=alice).delete()
    Client().force_login(alice)
    (data / "secret_key").write_text("planted-secret")
    assert public_key()
    assert seal("sk-1")
    yield made
    close_threads()


@pytest.fixture
def empty(tmp_path: Path, _second_databases: None) -> Callable[[str], str]:
    """Makes a migrated empty database, `sqlite` or `other` (PostgreSQL where the run is on one); its address."""
    numbers, server = count(1), os.environ.get("DATABASE_URL", "")

    def make(kind: str) -> str:
        if kind == "other" and server.startswith("postgres"):
            return databases.on_server(server)
        folder = tmp_path / f"empty{next(numbers)}"
        databases.lay(folder)
        return f"sqlite:///{folder / databases.FILE}"

    return make


@pytest.fixture
def beside(tmp_path: Path, _second_databases: None) -> Iterator[str]:
    """The alias of an SQLite whose file is not there yet."""
    with opened(f"sqlite:///{tmp_path / 'beside.sqlite3'}", "beside") as alias:
        yield alias
