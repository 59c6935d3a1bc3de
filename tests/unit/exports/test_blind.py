"""Blind projects: nothing of who it was or which model it was leaves the site, in any format."""

from __future__ import annotations

import io
import zipfile

import pytest

from conversations.exports.packages import Writing
from conversations.exports.request import ExportRequest
from conversations.exports.rights import Reader
from conversations.models import Case, Conversation, Message, Project, User
from tests.unit.exports.conftest import talk
from tests.unit.exports.replaying import Follower

pytestmark = [pytest.mark.django_db(transaction=True)]
TELLING = ("alice", "example.org", "tinyllama", "gpu-7", "Trip of Alice", "98765432109")


@pytest.fixture
def project(alice: User) -> Project:
    made = talk(alice, "Trip of Alice", "I am Alice, alice@example.org", "Hello Alice, tinyllama here")
    Conversation.objects.update(model_name="tinyllama", backend_name="gpu-7", system_prompt="You help alice.")
    values = {"model_name": "tinyllama", "backend_name": "gpu-7", "metrics": {"eval": 98765432109}}
    Message.objects.filter(role="assistant").update(**values, provenance={"model": "tinyllama"})
    project = Project.objects.create(name="Autumn", is_blind=True)
    Case.objects.create(project=project, conversation=made)
    return project


def unpacked(reader: Reader, **values: object) -> str:
    request = ExportRequest.model_validate({"whose": "all", **values})
    with zipfile.ZipFile(io.BytesIO(b"".join(Writing.of(request, reader).pieces()))) as package:
        parts = [package.read(name) for name in package.namelist() if name != "manifest.json"]
        inner = [part for part in parts if part.startswith(b"PK")]
        for part in inner:
            with zipfile.ZipFile(io.BytesIO(part)) as document:
                parts += [document.read(name) for name in document.namelist()]
        return "\n".join([*package.namelist(), *(part.decode(errors="replace") for part in parts)])


@pytest.mark.parametrize("ending", ["json", "html", "docx", "md", "txt", "csv", "jsonl"])
def test_an_export_by_the_project_has_pseudonyms_alone(eve: User, project: Project, ending: str) -> None:
    text = unpacked(Reader(eve, "all", "study", "now"), project="Autumn", format=ending).lower()
    assert [word for word in TELLING if word.lower() in text] == []
    assert "person " in text


def test_who_is_blind_to_it_is_blind_to_it_by_any_filter(eve: User, project: Project) -> None:
    reader = Reader(eve, "all", "study", "now")
    assert "tinyllama" in unpacked(reader)
    project.members.add(eve)
    assert "tinyllama" not in unpacked(reader)
    assert unpacked(reader) == unpacked(reader)
    follower = Follower(reader)
    follower.follow()
    assert (follower.heads, follower.messages) == ({}, {})
