"""JSON transcripts out and in: nothing is lost on the way, and no file is believed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command

from conversations.models import Conversation, Message, User
from conversations.transcripts import FORMATS, outline
from conversations.transcripts.importing import Unreadable, read_transcript, take

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
SAMPLING = "conversation.settings.sampling.temperature"
CALL = {"id": "c1", "name": "forecast", "arguments": {"city": "Bonn"}}


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def chat(ada: User) -> Conversation:
    """Everything a transcript holds: settings, branches, thinking, a call, an error, provenance."""
    made = Conversation.objects.create(
        owner=ada,
        title="Trains",
        created_at=NOON,
        model_name="tiny",
        system_prompt="Be brief.",
        think="high",
        sampling={"temperature": 0.5},
        response_format={"type": "object"},
        corrects_format=True,
        tools=["forecast"],
    )

    def say(parent: Message | None, role: str, content: str, **values: Any) -> Message:
        return Message.objects.create(conversation=made, parent=parent, role=role, content=content, **values)

    asked = say(None, "user", "When?\u2028\ud7ff🚂", sender=ada, created_at=NOON)
    say(asked, "assistant", "Half", state="failed", error_code="model_missing", error_detail="gone")
    called = say(asked, "assistant", "", tool_calls=[CALL], thinking="Hm", logprobs=[{"token": "a", "logprob": -0.5}])
    known = {"server": "", "arguments": {"city": "Bonn"}}
    told = say(called, "tool", "sunny", tool_name="forecast", tool_call_id="c1", provenance=known)
    sent = {"first_message": asked.pk, "last_message": told.pk, "lengths": [[asked.pk, 5], [told.pk, 5]]}
    made.choose(say(told, "assistant", "Noon.", reason="stop", metrics={"reply_tokens": 2}, provenance=sent).pk)
    return made


def exported(conversation: Conversation) -> bytes:
    return b"".join(FORMATS["json"].write(outline(Conversation.objects.get(pk=conversation.pk))))


def numbered_from_zero(document: bytes) -> Any:
    """The document with its messages' numbers by their places, without its chain, which is over the numbers too."""
    value = json.loads(document)
    del value["chain"]
    places = {message["id"]: place for place, message in enumerate(value["messages"])}
    for message in value["messages"]:
        message["id"], message["parent"] = places[message["id"]], places.get(message["parent"])
        known = message["provenance"]
        if "lengths" in known:
            known["lengths"] = [[places[number], length] for number, length in known["lengths"]]
            known["first_message"], known["last_message"] = (
                places[known["first_message"]],
                places[known["last_message"]],
            )
    return value


def test_what_was_exported_comes_back_as_it_was(ada: User, chat: Conversation) -> None:
    before = exported(chat)
    chat.delete()
    found = take(read_transcript(before), ada)

    assert (found.conversation.pk, found.messages, found.is_renumbered) == (json_id(before), 5, False)
    assert numbered_from_zero(exported(found.conversation)) == numbered_from_zero(before)


def json_id(document: bytes) -> Any:
    return read_transcript(document).conversation.id


def test_a_second_one_is_a_copy_that_leaves_the_first_alone(ada: User, chat: Conversation) -> None:
    before = exported(chat)
    found = take(read_transcript(before), ada)

    assert found.is_renumbered
    assert found.conversation.pk != chat.pk
    assert exported(chat) == before
    copy, first = numbered_from_zero(exported(found.conversation)), numbered_from_zero(before)
    assert copy["messages"] == first["messages"]
    assert copy["conversation"] | {"id": ""} == first["conversation"] | {"id": ""}


def test_a_reply_that_was_being_written_is_interrupted(ada: User, chat: Conversation) -> None:
    Message.objects.filter(content="Noon.").update(state="streaming")
    found = take(read_transcript(exported(chat)), ada)

    assert found.conversation.messages.get(content="Noon.").state == "interrupted"


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (["format"], "other", "format"),
        (["version"], 2, "version"),
        (["version"], "1", "version"),
        (["messages", 1, "parent"], 999_999_999, "messages.1.parent"),
        (["messages", 0, "parent"], True, "messages.0.parent"),
        (["messages", 1, "id"], "x", "messages.1.id"),
        (["messages", 2, "content"], {"a": 1}, "messages.2.content"),
        (["messages", 2, "state"], "dancing", "messages.2.state"),
        (["messages", 1, "is_on_path"], True, "messages.2.is_on_path"),
        (["messages", 3, "tool"], None, "messages.3.tool"),
        (["messages", 4, "reason"], "r" * 41, "messages.4.reason"),
        (["messages", 4, "created_at"], "2026-11-21T12:00:00", "messages.4.created_at"),
        (["conversation", "model"], "m" * 301, "conversation.model_name"),
        (["conversation", "settings", "sampling"], {"temperature": "hot"}, SAMPLING),
        (["messages"], {}, "messages"),
    ],
)
def test_the_first_error_is_named_and_nothing_is_kept(
    ada: User, chat: Conversation, path: list[Any], value: object, place: str
) -> None:
    document = json.loads(exported(chat))
    target = document
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    before = (Conversation.objects.count(), Message.objects.count())

    with pytest.raises(Unreadable) as refused:
        take(read_transcript(json.dumps(document).encode()), ada)
    assert refused.value.place == place
    assert (Conversation.objects.count(), Message.objects.count()) == before


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"[" * 100_000, b'{"a": NaN}', b"[]", b"null", b"PK\x03\x04"])
def test_what_is_no_transcript_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read_transcript(data)


def test_what_no_database_holds_is_cleaned(ada: User, chat: Conversation) -> None:
    document = json.loads(exported(chat))
    document["messages"][0]["content"] = "a\x00b\ud800c"
    document["messages"][4]["metrics"] = {"a\x00": ["\ud800"]}
    found = take(read_transcript(json.dumps(document).encode()), ada)

    assert found.conversation.messages.get(role="user").content == "ab\ufffdc"
    assert found.conversation.messages.get(content="Noon.").metrics == {"a": ["\ufffd"]}


def test_the_commands_write_a_file_and_read_it_back(ada: User, chat: Conversation, tmp_path: Path) -> None:
    file = tmp_path / "trains.json"
    call_command("export", str(chat.pk), output=str(file), stderr=StringIO())
    assert file.read_bytes() == exported(chat)
    assert list(tmp_path.iterdir()) == [file]

    said, told = StringIO(), StringIO()
    call_command("import", str(file), user="ada", stdout=said, stderr=told)
    assert Conversation.objects.get(pk=said.getvalue().strip()).messages.count() == 5
    assert "5 messages imported for ada." in told.getvalue()
    assert "a copy" in told.getvalue()


def test_all_of_a_user_are_a_zip_of_files(ada: User, chat: Conversation, tmp_path: Path) -> None:
    Conversation.objects.create(owner=ada, title="../x")
    Conversation.objects.create(owner=ada, title="Gone").trash()
    Conversation.objects.create(owner=User.objects.create_user("bob"), title="Bob's")
    file = tmp_path / "all.zip"
    call_command("export", user="ada", format="md", output=str(file), stderr=StringIO())

    with ZipFile(BytesIO(file.read_bytes())) as package:
        assert {name.partition(" ")[2] for name in package.namelist()} == {"Trains.md", "x.md", ""}
        assert package.read(f"{chat.pk} Trains.md") == b"".join(FORMATS["md"].write(outline(chat)))


@pytest.mark.parametrize("words", [[], ["nonsense"], ["01a1fc6f-9567-7786-ab7b-de27eb2f8df8"]])
def test_what_is_not_there_is_said(ada: User, words: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("export", *words)


def test_a_file_of_another_version_is_refused_with_its_name(ada: User, tmp_path: Path) -> None:
    file = tmp_path / "new.json"
    file.write_text('{"format": "chatsite-transcript", "version": 2}')
    with pytest.raises(CommandError, match=r"new\.json was not imported\. version: This is version 2; only version 1"):
        call_command("import", str(file), user="ada")
