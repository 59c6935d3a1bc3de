"""`manage.py export` of many: the same filters and packages as on the site."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from conversations.models import AccessRecord, Conversation, User
from tests.unit.exports.conftest import talk

pytestmark = [pytest.mark.django_db(transaction=True)]


def test_everybodys_are_written_by_filters(tmp_path: Path, trains: Conversation, charlie: User) -> None:
    talk(charlie, "Boats", "Where?")
    file = tmp_path / "all.zip"
    call_command("export", "--all", "--format", "txt", "--model", "tiny", "-o", str(file))
    with zipfile.ZipFile(file) as package:
        assert json.loads(package.read("manifest.json"))["conversations"] == 2
    lines = tmp_path / "one.ndjson"
    call_command("export", "--user", "charlie", "--package", "ndjson", "-o", str(lines))
    assert [json.loads(line)["conversation"]["title"] for line in lines.read_text().splitlines()] == ["Boats"]
    call_command("export", "--all", "--id", str(trains.pk), "--package", "ndjson", "-o", str(lines))
    assert len(lines.read_text().splitlines()) == 1


def test_owners_are_told_of_the_operator_and_again_only_of_what_has_changed(
    tmp_path: Path, trains: Conversation, charlie: User
) -> None:
    boats = talk(charlie, "Boats", "Where?")
    for _again in range(2):
        call_command("export", "--all", "-o", str(tmp_path / "all.zip"))
    call_command("export", str(boats.pk), "-o", str(tmp_path / "one.json"))
    told = AccessRecord.objects.told_to(charlie)
    assert [(each.conversation_key, each.kind, each.reader_name, each.reader) for each in told] == [
        (boats.pk, "export", "manage.py export", None)
    ]
    assert told[0].reason
    Conversation.objects.filter(pk=boats.pk).update(updated_at=timezone.now())
    call_command("export", "--user", "charlie", "-o", str(tmp_path / "all.zip"))
    assert [AccessRecord.objects.told_to(each).count() for each in (charlie, trains.owner)] == [2, 1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--all", "--since", "never"], "--since"),
        (["--all", "--id", "1"], "--id"),
        (["--all", "--package", "ndjson", "--format", "md"], "--package"),
        (["--all", "--user", "alice"], "Say which"),
        ([], "Say which"),
    ],
)
def test_a_wrong_option_is_named(options: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("export", *options)
