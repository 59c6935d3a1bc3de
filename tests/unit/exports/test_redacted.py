"""Redacted exports of many: the same person is the same placeholder in all files, and the key is a file apart."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import Permission
from django.test import AsyncClient
from django.urls import reverse

from conversations.exports.background import ledger
from conversations.exports.background.worker import Worker
from conversations.exports.packages import Writing
from conversations.exports.request import ExportRequest
from conversations.exports.rights import ExportRefused, Reader
from conversations.models import AccessRecord, Case, Conversation, Project, RedactionKey, User
from conversations.transcripts.redaction import placeholders
from conversations.transcripts.redaction.patterns import Patterns
from conversations.transcripts.redaction.placeholders import Placeholders
from tests.unit.api.program import Answer, fetch, key, signed_in
from tests.unit.exports.conftest import talk

pytestmark = [pytest.mark.django_db(transaction=True)]
SECRETS = ("alice", "charlie", "example.org", "kd-4711")


def asked(user: User, path: str, method: str = "GET", body: object = None) -> Answer:
    return fetch(AsyncClient(), "/api/v1" + path, method, body, Authorization=key(user, "export"))


def unpacked(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return "\n".join([*package.namelist(), *(package.read(name).decode() for name in package.namelist())])


def secrets_in(text: str) -> list[str]:
    return [word for word in SECRETS if word in text.lower()]


@pytest.fixture
def talks(alice: User, charlie: User) -> list[Conversation]:
    (ledger.folder().parent / "redaction_patterns").write_text("CUSTOMER: KD-\\d+\n")
    return [
        talk(alice, "Mail to alice@example.org", "I am Alice, KD-4711", "Hello Alice. Ask Charlie."),
        talk(alice, "Charlie", "Where is charlie?", "Ask alice@example.org, KD-4711"),
    ]


@pytest.mark.parametrize("package", ["zip", "ndjson"])
def test_a_stream_has_placeholders_and_its_key_is_fetched_behind_it(
    alice: User, charlie: User, talks: list[Conversation], package: str
) -> None:
    answer = asked(alice, f"/export.{package}?redact=all")
    assert "redacted conversations" in answer.headers["Content-Disposition"]
    text = unpacked(answer.body) if package == "zip" else answer.body.decode()
    assert secrets_in(text) == []

    place = answer.headers["Redaction-Key"].removeprefix("/api/v1")
    found = asked(alice, place)
    assert found.headers["Content-Disposition"].startswith("attachment")
    known: dict[str, list[str]] = found.value["placeholders"]
    (customer,) = (name for name, written in known.items() if written == ["KD-4711"])
    (mail,) = (name for name, written in known.items() if written == ["alice@example.org"])
    (friend,) = (name for name, written in known.items() if "Charlie" in written)
    assert known[friend] == ["Charlie", "charlie"]
    assert [text.count(name) for name in (customer, mail, friend)] >= [2, 2, 3]
    assert set(re.findall(r"\[[A-Z]+-\d+\]", text)) == set(known)

    file = RedactionKey.objects.get().path
    assert file.stat().st_mode & 0o777 == 0o600
    assert asked(charlie, place).status == 404
    assert asked(alice, place.removesuffix("/key"), "DELETE").status == 204
    assert (asked(alice, place).status, file.exists()) == (404, False)


def test_an_export_in_the_background_has_its_key_beside_it(alice: User, talks: list[Conversation]) -> None:
    assert asked(alice, "/exports", "POST", {"redact": "names,mails", "format": "md"}).status == 202
    assert async_to_sync(Worker().make_one)()
    (made,) = asked(alice, "/exports").value
    assert made["request"]["redact"] == "names,mails"
    text = unpacked(asked(alice, f"/exports/{made['id']}/file").body)
    assert secrets_in(text) == ["kd-4711"]
    ledger.sweep()
    assert made["key"] == f"/api/v1/exports/{made['id']}/key"
    assert "[MAIL-1]" in asked(alice, f"/exports/{made['id']}/key").value["placeholders"]

    page = AsyncClient()
    page.force_login(alice)
    place = reverse("export_key", args=[made["id"]])
    assert place in fetch(page, reverse("exports")).body.decode()
    assert json.loads(fetch(page, place).body)["format"] == "chatsite-redaction-key"
    assert asked(alice, f"/exports/{made['id']}", "DELETE").status == 204
    assert [path.name for path in ledger.folder().iterdir()] == []


def test_a_key_to_others_takes_a_right_and_they_are_told(alice: User, eve: User, talks: list[Conversation]) -> None:
    talk(eve, "eve’s", "x")
    answer = asked(eve, "/export.ndjson?whose=all&reason=the+study&redact=all")
    place = answer.headers["Redaction-Key"].removeprefix("/api/v1")
    refused = asked(eve, place)
    assert (refused.status, refused.value["code"]) == (403, "key_not_allowed")
    page = fetch(signed_in(eve), reverse("export_key", args=[RedactionKey.objects.get().pk]))
    assert (page.status, "behind a pseudonym" in page.body.decode()) == (403, True)
    assert set(AccessRecord.objects.values_list("kind", flat=True)) == {"export"}

    eve.user_permissions.add(Permission.objects.get(codename="unblind_project"))
    for _again in range(2):
        assert asked(eve, place).status == 200
    told = AccessRecord.objects.told_to(alice).filter(kind="unblind")
    assert {record.conversation_key for record in told} == {each.pk for each in talks}
    assert {(record.reason, record.reader_name, len(told)) for record in told} == {("the study", "eve", 2)}


def test_pseudonyms_of_a_blind_project_are_kept(eve: User, alice: User, talks: list[Conversation]) -> None:
    User.objects.create_user("Person")  # and a pseudonym begins with this word
    project = Project.objects.create(name="Autumn", is_blind=True)
    Case.objects.create(project=project, conversation=talks[0])
    reader = Reader(eve, "all", "the study", "now")

    def lines(**values: Any) -> str:
        request = ExportRequest.model_validate({"whose": "all", "package": "ndjson", "project": "Autumn", **values})
        return b"".join(Writing.of(request, reader).pieces()).decode()

    pseudonyms = set(re.findall(r"(?:Person|Model|Conversation) [0-9a-f]{6}", lines()))
    text = lines(redact="all")
    assert pseudonyms
    assert set(re.findall(r"(?:Person|Model|Conversation) [0-9a-f]{6}", text)) == pseudonyms
    assert secrets_in(text) == []
    assert json.loads(text)["redacted"] == ["names", "mails", "phones", "patterns"]


def test_what_is_not_to_be_replaced_is_refused(alice: User, talks: list[Conversation]) -> None:
    for path in ("/export.zip?redact=ghosts", "/export.ndjson?redact=names,ghosts"):
        assert asked(alice, path).value["errors"][0]["field"] == "redact"
    (ledger.folder().parent / "redaction_patterns").write_text("(a+)+\n")
    refused = [asked(alice, "/export.zip?redact=all"), asked(alice, "/exports", "POST", {"redact": "all"})]
    assert [(each.status, each.value["errors"][0]["field"]) for each in refused] == [(422, "redact")] * 2
    assert asked(alice, "/export.zip?redact=names").status == 200


def test_patterns_that_take_too_long_end_it(
    alice: User, talks: list[Conversation], monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(patterns: Patterns) -> None:
        patterns._left = -1

    monkeypatch.setattr(Patterns, "begin", exhausted)
    with pytest.raises(ExportRefused, match="patterns_slow"):
        list(Writing.of(ExportRequest(redact="all"), Reader(alice)).pieces())


def test_a_key_goes_with_its_time(alice: User, talks: list[Conversation]) -> None:
    asked(alice, "/export.zip?redact=all")
    ledger.sweep()
    assert len(list(ledger.folder().iterdir())) == 1
    RedactionKey.objects.update(expires_at="2020-01-01T00:00Z")
    ledger.sweep()
    assert list(ledger.folder().iterdir()) == []


def test_more_than_is_at_hand_has_the_same_placeholders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placeholders, "AT_HAND", 3)
    kept = Placeholders()
    names = [kept.name("PERSON", f"user {n}", f"Name {n}") for n in range(10)]
    assert [kept.name("PERSON", f"user {n}", f"NAME {n}") for n in range(10)] == names
    assert names[9] == "[PERSON-10]"
    assert dict(kept.entries())["[PERSON-4]"] == ["Name 3", "NAME 3"]
    assert json.loads("".join(kept.key()))["placeholders"] == dict(kept.entries())
