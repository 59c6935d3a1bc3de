"""A backup, taken while others write, and what is brought back from it."""

from __future__ import annotations

import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, connections

from conversations.backups import archive, restoring, upgrading, writing
from conversations.backups.databases import opened
from conversations.backups.errors import Damaged, Refused
from conversations.backups.tables import tables
from conversations.backups.writing import Wish, write
from conversations.models import Attachment, Change, Conversation, Message, User
from conversations.uploads import storage
from tests.unit.backups.conftest import PICTURE, STRANGE


def test_all_comes_back_of_a_backup_that_was_taken_under_load(
    talks: Conversation, data: Path, beside: str, tmp_path: Path
) -> None:
    path = tmp_path / "site.tar"
    with writing_on(talks):
        manifest = write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = manifest["tables"]["conversations_message"]["rows"]
    assert 3 <= kept <= Message.objects.count()
    changes = manifest["tables"]["conversations_change"]["rows"]
    number = manifest["last_numbers"]["conversations_message"]

    for name in ("secret_key", "signing_key"):
        (data / name).write_text("another")
    storage.forget(Attachment.objects.get().stored_name)
    assert restoring.restore(path, using=beside)["tables"] == manifest["tables"]

    messages = Message.objects.using(beside)
    assert messages.count() == kept
    assert messages.get(content__startswith="At").metrics == STRANGE
    assert Change.objects.using(beside).count() == changes, "the triggers wrote rows of their own"
    assert Conversation.objects.using(beside).get().size == kept
    assert found_by_words(beside, "platform") == list(messages.filter(content__contains="platform").values_list("pk"))
    assert storage.path_of(Attachment.objects.using(beside).get().stored_name).read_bytes() == PICTURE
    assert (data / "secret_key").read_text() == "planted-secret"
    assert [path.read_text() for path in data.glob("backups/replaced-*/secret_key")] == ["another"]
    conversation = Conversation.objects.using(beside).get()
    assert Message.objects.using(beside).create(conversation=conversation, role="user", content="new").pk > number
    with pytest.raises(Refused, match="in use"):
        restoring.restore(path, using=beside)


def test_what_is_there_is_replaced_by_force_only_and_kept_aside(
    talks: Conversation, data: Path, empty: Callable[[str], str], tmp_path: Path
) -> None:
    path = tmp_path / "site.tar"
    assert write(path, Wish(uploads=False, keys=False))["keys"] == []
    with opened(empty("sqlite"), "used") as used:
        User.objects.using(used).create(username="somebody")
        with pytest.raises(Refused, match="conversations_user"):
            restoring.restore(path, using=used)
        restoring.restore(path, using=used, force=True)
        assert [user.username for user in User.objects.using(used).all()] == ["alice"]
    (old,) = data.glob("backups/replaced-*/*.sqlite3")
    assert b"somebody" in old.read_bytes()
    assert (data / "secret_key").read_text() == "planted-secret"


@pytest.fixture
def backup(talks: Conversation, tmp_path: Path) -> Path:
    path = tmp_path / "site.tar"
    write(path)
    return path


def test_a_damaged_backup_is_told_from_a_whole_one(backup: Path, beside: str) -> None:
    whole = backup.read_bytes()
    assert archive.check(backup)["format"] == archive.FORMAT
    for near in (whole.index(PICTURE), whole.index(b"conversations_message/") + 600, len(whole) // 2):
        place = next(at for at in range(near, len(whole)) if whole[at])  # a zero may be padding of the tar
        backup.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(Damaged):
            archive.check(backup)
    for size in (0, 100, 5000, len(whole) // 2, whole.index(b"manifest.json")):
        backup.write_bytes(whole[:size])
        with pytest.raises(Damaged):
            restoring.restore(backup, using=beside)
    backup.write_bytes(whole.replace(b"tables/auth_group/", b"../../../auth_grou"))
    with pytest.raises(Damaged):
        archive.check(backup)
    assert not Path(str(connections[beside].settings_dict["NAME"])).exists()


def test_a_file_is_there_whole_or_not_at_all(backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = backup.read_bytes()
    with pytest.raises(CommandError, match="--force"):
        call_command("backup", str(backup))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.Writer, "finish", full)
    with pytest.raises(CommandError, match="No space"):
        call_command("backup", str(backup), force=True)
    assert backup.read_bytes() == before
    assert [path.name for path in tmp_path.glob("*.tar*")] == [backup.name]


def test_the_sites_own_folder_is_made_and_no_other(data: Path, tmp_path: Path) -> None:
    call_command("backup", str(data / "backups" / "today.tar"))
    assert archive.check(data / "backups" / "today.tar")
    assert stat.S_IMODE((data / "backups").stat().st_mode) == 0o700
    with pytest.raises(CommandError, match=r"no folder .*elsewhere\. Make it"):
        call_command("backup", str(tmp_path / "elsewhere" / "today.tar"))
    assert not (tmp_path / "elsewhere").exists()


def test_no_table_is_forgotten(transactional_db: None) -> None:
    made_anew = {"django_migrations"}
    own = {table.name for table in tables("default")} | made_anew
    others = {name for name in connection.introspection.table_names() if name not in own}
    assert {name for name in others if not name.startswith("conversations_message_search")} == set()


def test_before_an_upgrade_the_last_few_are_kept(
    talks: Conversation, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upgrading, "version", iter("abcdefgh").__next__)
    made = [upgrading.back_up() for _ in range(upgrading.KEPT + 2)]
    assert sorted((data / "backups").iterdir()) == made[2:]
    assert made[-1] is not None
    assert archive.check(made[-1])["uploads"] is False
    assert writing.version() in archive.check(made[-1])["version"]


class writing_on:  # noqa: N801 - a context manager
    """Somebody writes without a pause, from before until after the block."""

    def __init__(self, talk: Conversation) -> None:
        self._talk, self._over, self._begun = talk, threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._write)

    def _write(self) -> None:
        try:
            while not self._over.is_set():
                Message.objects.create(conversation=self._talk, role="user", content="under load")
                self._begun.set()
        finally:
            connections.close_all()

    def __enter__(self) -> None:
        self._thread.start()
        assert self._begun.wait(60)

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()


def found_by_words(alias: str, word: str) -> list[tuple[int, ...]]:
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT rowid FROM conversations_message_search WHERE conversations_message_search MATCH %s", [word]
        )
        return list(cursor.fetchall())
