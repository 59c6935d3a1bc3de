"""Packages: whole, of the right people's conversations, and of any size in the memory of a piece."""

from __future__ import annotations

import hashlib
import io
import json
import tracemalloc
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from pydantic import ValidationError

from conversations.exports.packages import Writing
from conversations.exports.packages.archive import Archive
from conversations.exports.request import ExportRequest
from conversations.exports.rights import ExportRefused, Reader
from conversations.models import (
    AccessRecord,
    Case,
    Conversation,
    Label,
    LabelUse,
    Message,
    Project,
    Rating,
    SiteSettings,
    User,
)
from tests.unit.exports.conftest import talk

pytestmark = [pytest.mark.django_db(transaction=True)]


def written(reader: Reader, **values: object) -> bytes:
    return b"".join(Writing.of(ExportRequest.model_validate(values), reader).pieces())


def titles(reader: Reader, **values: object) -> list[str]:
    lines = written(reader, package="ndjson", **values).splitlines()
    return [json.loads(line)["conversation"]["title"] for line in lines]


@pytest.mark.parametrize("ending", ["json", "html", "docx", "md", "txt", "csv", "jsonl"])
def test_a_zip_has_a_file_for_each_and_a_manifest_that_proves_them(own: Reader, ending: str) -> None:
    talk(own.user, "Züge / Köln", "When?", "At *noon*.")
    talk(own.user, "", "Where?", "There.")
    with zipfile.ZipFile(io.BytesIO(written(own, format=ending, model="tiny"))) as package:
        assert package.testzip() is None
        manifest = json.loads(package.read("manifest.json"))
        files = {file["name"]: file for file in manifest.pop("files")}
        assert set(package.namelist()) == {*files, "manifest.json"}
        for name, file in files.items():
            data = package.read(name)
            assert name.startswith(file["conversation"])
            assert name.endswith(ending)
            assert (len(data), hashlib.sha256(data).hexdigest()) == (file["bytes"], file["sha256"])
    assert (manifest["conversations"], manifest["filters"], manifest["files_format"]) == (2, {"model": "tiny"}, ending)


def test_an_export_of_nothing_is_an_empty_package(own: Reader) -> None:
    with zipfile.ZipFile(io.BytesIO(written(own))) as package:
        assert json.loads(package.read("manifest.json"))["files"] == []
    assert written(own, package="ndjson") == b""


def test_each_line_is_a_whole_transcript(own: Reader) -> None:
    talk(own.user, "Lines", "one\ntwo\u2028three\x85", "```\ncode\n```")
    (line,) = written(own, package="ndjson").splitlines(keepends=True) or [b""]
    assert line.endswith(b"\n")
    assert json.loads(line)["messages"][0]["content"] == "one\ntwo\u2028three\x85"


def test_only_ones_own_and_nothing_from_the_trash(own: Reader, charlie: User) -> None:
    talk(own.user, "kept", "a")
    talk(own.user, "thrown away", "b").trash()
    talk(charlie, "charlie’s", "c")
    assert titles(own) == ["kept"]
    assert titles(own, owner="charlie") == []


def test_filters_choose(own: Reader) -> None:
    first, second = talk(own.user, "first", "a", "b"), talk(own.user, "second", "c", "d")
    reply = second.messages.latest("pk")
    Message.objects.filter(pk=reply.pk).update(state="failed")
    Rating.objects.create(conversation=second, message=reply, user=own.user, value=-1)
    label, project = Label.objects.create(name="odd"), Project.objects.create(name="Autumn")
    LabelUse.objects.create(label=label, conversation=second, message=reply)
    Case.objects.create(project=project, conversation=second, status="done")
    Conversation.objects.filter(pk=first.pk).update(
        model_name="big", backend_name="gpu", updated_at=timezone.now() - timedelta(days=40)
    )
    today = timezone.localdate()
    for wanted in (
        {"state": "failed"}, {"rating": "down"}, {"rating": "any"}, {"label": "odd"}, {"project": "Autumn"},
        {"project": "Autumn", "status": "done"}, {"status": "done"}, {"model": "tiny"}, {"backend": "ollama"},
        {"since": today}, {"until": today, "since": today - timedelta(days=2)}, {"ids": [second.pk]},
    ):  # fmt: skip
        assert titles(own, **wanted) == ["second"], wanted
    for wanted in ({"model": "big"}, {"until": today - timedelta(days=2)}, {"ids": [first.pk]}):
        assert titles(own, **wanted) == ["first"], wanted
    for wanted in ({"rating": "up"}, {"status": "new"}, {"label": "none"}, {"state": "stopped"}):
        assert titles(own, **wanted) == [], wanted


@pytest.mark.parametrize(
    "values",
    [{"package": "ndjson", "format": "md"}, {"since": "2026-02-01", "until": "2026-01-01"}, {"colour": "red"},
     {"ids": ["1"]}, {"model": "x" * 301}, {"whose": "nobody's"}, {"since": "yesterday"}],
)  # fmt: skip
def test_what_cannot_be_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ExportRequest.model_validate(values)


def test_others_are_recorded_before_they_are_read_and_ones_own_are_not(eve: User, trains: Conversation) -> None:
    talk(eve, "eve’s", "x")
    reader = Reader(eve, "all", "for the study", "now")
    pieces = Writing.of(ExportRequest(whose="all", package="ndjson"), reader).pieces()
    next(pieces)
    record = AccessRecord.objects.get()
    assert (record.conversation_key, record.owner, record.kind) == (trains.pk, trains.owner, "export")
    assert (record.reason, record.reader_name) == ("for the study", "eve")
    assert sorted(titles(reader, whose="all")) == ["Trains to Köln", "eve’s"]
    assert AccessRecord.objects.count() == 1


def test_an_export_ends_where_the_right_is_taken_away(eve: User, alice: User) -> None:
    for number in range(101):
        talk(alice, str(number))
    writing = Writing.of(ExportRequest(whose="all", package="ndjson"), Reader(eve, "all", "for the study", "now"))
    pieces = writing.pieces()
    next(pieces)
    SiteSettings.load()
    SiteSettings.objects.update(reading_enabled=False)
    with pytest.raises(ExportRefused, match="switched_off"):
        list(pieces)
    assert (writing.done, AccessRecord.objects.count()) == (100, 100)


def test_what_is_begun_or_deleted_meanwhile_breaks_nothing(own: Reader) -> None:
    for number in range(150):
        talk(own.user, str(number))
    pieces = Writing.of(ExportRequest(package="ndjson"), own).pieces()
    begun = next(pieces)
    gone = Conversation.objects.order_by("-pk")[:2]
    expected = {*map(str, range(150)), "late"} - {row.title for row in gone}
    for row in gone:
        row.delete()
    talk(own.user, "late", "x")
    found = [json.loads(line)["conversation"]["title"] for line in (begun + b"".join(pieces)).splitlines()]
    assert (len(found), set(found)) == (149, expected)


def test_a_zip_begins_with_its_first_file(own: Reader) -> None:
    talk(own.user, "first", "x")
    talk(own.user, "second", "y")
    writing = Writing.of(ExportRequest(), own)
    next(writing.pieces())
    assert writing.done == 0


def test_a_large_zip_needs_little_memory() -> None:
    moment, archive = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), Archive()
    tracemalloc.start()
    size = sum(
        len(piece) for number in range(20_000) for piece in archive.add(f"conversation {number}.json", moment, [b"{}"])
    )
    _now, peak = tracemalloc.get_traced_memory()
    end = sum(map(len, archive.end()))
    tracemalloc.stop()
    assert peak < 5_000_000
    assert min(size, end) > 1_000_000
