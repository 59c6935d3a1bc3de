"""`manage.py export` of many: the same filters and packages as on the site."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from conversations.models import AccessRecord, Conversation, User
from tests.unit.exports.conftest import talk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.core]


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
    assert not AccessRecord.objects.exists()


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
