"""A redacted transcript: nobody is in it anywhere, the same thing is the same everywhere, and the key is apart."""

from __future__ import annotations

import json
import re
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command

from conversations.models import Conversation, Message, User
from conversations.transcripts import FORMATS, KINDS, Redactor, outline
from conversations.transcripts.chain import verify
from conversations.transcripts.chain.keys import public_key

pytestmark = pytest.mark.django_db
SECRETS = ("adalinda", "lovelace", "example.org", "1234567", "kd-4711", "charles", "babbage")
ARGUMENTS = {"to": ["adalinda@example.org"], "Adalinda Lovelace": {"phone": "+49 30 1234567"}}


@pytest.fixture
def ada(settings: Any, tmp_path: Path) -> User:
    settings.DATA_DIR = tmp_path
    (tmp_path / "redaction_patterns").write_text("CUSTOMER: KD-\\d+\n")
    User.objects.create_user("charles", first_name="Charles", last_name="Babbage")
    return User.objects.create_user("adalinda", "adalinda@example.org", first_name="Adalinda", last_name="Lovelace")


@pytest.fixture
def chat(ada: User) -> Conversation:
    """People in every place where a text may stand."""
    made = Conversation.objects.create(
        owner=ada, title="Adalinda Lovelace calls +49 30 1234567", model_name="adalinda/tiny",
        system_prompt="You are Charles.",
        sampling={"stop": ["Charles Babbage"]}, response_format={"properties": {"Adalinda": {"const": "KD-4711"}}},
    )  # fmt: skip

    def say(parent: Message | None, role: str, content: str, **values: Any) -> Message:
        return Message.objects.create(conversation=made, parent=parent, role=role, content=content, **values)

    first = say(None, "user", "I am Adalinda (adalinda@example.org), customer KD-4711. [PERSON-1]", sender=ada)
    failed = {"state": "failed", "error_code": "upstream", "error_detail": "user adalinda unknown"}
    say(first, "assistant", "Another branch, Mr Babbage", thinking="Babbage?", **failed)
    call = {"id": "c1", "name": "mail", "arguments": ARGUMENTS, "malformed": "to adalinda"}
    called = say(first, "assistant", "", tool_calls=[call], thinking="Is it ADALINDA?", logprobs=[{"token": "ad"}])
    known = {"server": "Adalinda's", "arguments": ARGUMENTS, "options": {"stop": ["adalinda"]}}
    told = say(
        called,
        "tool",
        "Sent to adalinda@example.org, 030 1234567",
        tool_name="mail",
        tool_call_id="c1",
        provenance=known,
    )
    made.choose(say(told, "assistant", "Done, Adalinda Lovelace.").pk)
    return made


def redacted(conversation: Conversation, ending: str, redactor: Redactor | None = None) -> bytes:
    shape = outline(Conversation.objects.get(pk=conversation.pk), redactor or Redactor.of_the_site(KINDS))
    return b"".join(FORMATS[ending].write(shape))


@pytest.mark.parametrize("ending", sorted(FORMATS))
def test_nobody_is_in_any_format(chat: Conversation, ending: str) -> None:
    document = redacted(chat, ending)
    if ending == "docx":
        with ZipFile(BytesIO(document)) as package:
            document = b"".join(map(package.read, package.namelist()))
    text = re.sub("[0-9a-f]{64,}", "", document.decode().lower())  # links spell anything

    assert not [word for word in SECRETS if word in text]
    assert "[person-1]" in text


def test_the_same_thing_is_the_same_everywhere(chat: Conversation) -> None:
    value = json.loads(redacted(chat, "json"))
    first, branch, called, told, last = value["messages"]

    assert value["redacted"] == ["names", "mails", "phones", "patterns"]
    assert value["conversation"]["title"] == "[PERSON-1] calls [PHONE-1]"
    assert value["conversation"]["system_prompt"] == "You are [PERSON-2]."
    assert first["content"] == "I am [PERSON-1] ([MAIL-1]), customer [CUSTOMER-1]. [MARK-1]"
    assert (branch["content"], branch["thinking"]) == ("Another branch, Mr [PERSON-2]", "[PERSON-2]?")
    assert (called["thinking"], called["logprobs"]) == ("Is it [PERSON-1]?", None)
    assert called["tool_calls"] == [
        {
            "id": "c1",
            "name": "mail",
            "arguments": {"to": ["[MAIL-1]"], "[PERSON-1]": {"phone": "[PHONE-1]"}},
            "malformed": "to [PERSON-1]",
        }
    ]
    assert told["tool"]["arguments"] == called["tool_calls"][0]["arguments"]
    assert (told["content"], told["tool"]["server"]) == ("Sent to [MAIL-1], [PHONE-2]", "[PERSON-1]'s")
    assert branch["error"] == {"code": "upstream", "detail": "user [PERSON-1] unknown"}
    assert last["content"] == "Done, [PERSON-1]."


@pytest.mark.parametrize("ending", ["md", "html", "txt"])
def test_a_path_has_the_placeholders_of_the_tree(chat: Conversation, ending: str) -> None:
    """The tree numbers a person whom the path does not know."""
    chat.choose(chat.messages.get(thinking="Babbage?").pk)
    for kinds in (KINDS, ("names",)):
        text = redacted(chat, ending, Redactor.of_the_site(kinds)).decode()
        assert "Mr [PERSON-2]" in text or r"Mr \[PERSON-2\]" in text


def test_it_has_a_chain_of_its_own(chat: Conversation) -> None:
    plain = json.loads(b"".join(FORMATS["json"].write(outline(chat))))
    found = verify.check(verify.read(redacted(chat, "json")), public_key())

    assert found.redacted == ("names", "mails", "phones", "patterns")
    assert found.last != plain["chain"]["links"][-1][1]
    assert found.last in redacted(chat, "html").decode()


def test_only_what_was_asked_for(chat: Conversation) -> None:
    value = json.loads(redacted(chat, "json", Redactor.of_the_site(("mails",))))

    assert value["redacted"] == ["mails"]
    assert value["messages"][0]["content"] == "I am Adalinda ([MAIL-1]), customer KD-4711. [MARK-1]"


@pytest.mark.parametrize("ending", ["html", "md", "txt"])
def test_the_method_note_says_so(chat: Conversation, ending: str) -> None:
    assert b"Redacted: placeholders stand for names, mail addresses, telephone numbers" in redacted(chat, ending)


def test_the_digest_tells_redactions_apart(chat: Conversation, tmp_path: Path) -> None:
    def digest(*kinds: str) -> str:
        return outline(chat, Redactor.of_the_site(kinds)).digest

    seen = {outline(chat).digest, digest("names"), digest("mails"), digest(*KINDS)}
    (tmp_path / "redaction_patterns").write_text("x")
    User.objects.create_user("dora")
    assert len({*seen, digest("names"), digest(*KINDS)}) == 6


def test_the_command_writes_the_key_apart(chat: Conversation, ada: User, tmp_path: Path) -> None:
    Conversation.objects.create(owner=ada, title="Charles, again")
    file, key = tmp_path / "all.zip", tmp_path / "key.json"
    call_command("export", user="adalinda", redact="all", key_file=str(key), output=str(file), stderr=StringIO())

    with ZipFile(file) as package:
        assert all("redacted " in name for name in package.namelist() if name != "manifest.json")
        again = next(name for name in package.namelist() if "again" in name)
        assert "[PERSON-2], again" in package.read(again).decode()
    assert key.stat().st_mode & 0o777 == 0o600
    placeholders = json.loads(key.read_text())["placeholders"]
    assert set(placeholders["[PERSON-2]"]) == {"Charles", "Babbage", "Charles Babbage"}
    assert placeholders["[MAIL-1]"] == ["adalinda@example.org"]
    assert placeholders["[MARK-1]"] == ["[PERSON-1]"]


def test_the_command_takes_kinds_and_patterns(chat: Conversation, tmp_path: Path) -> None:
    own, file = tmp_path / "own.txt", tmp_path / "a.json"
    own.write_text("WHO: I am \\w+")
    call_command(
        "export", str(chat.pk), redact="patterns", patterns=str(own), key_file=str(tmp_path / "k"), output=str(file),
        stderr=StringIO(),
    )  # fmt: skip
    assert json.loads(file.read_text())["messages"][0]["content"].startswith("[WHO-1] (adalinda@example.org)")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"redact": "all"}, "--key-file"),
        ({"redact": "ghosts", "key_file": "k"}, "names, mails, phones, patterns"),
        ({"key_file": "k"}, "--redact"),
        ({"redact": "all", "key_file": "k", "patterns": "gone"}, "gone"),
        ({"redact": "names", "key_file": "k", "patterns": "gone"}, "patterns"),
    ],
)
def test_what_the_command_cannot_do_is_said(
    chat: Conversation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CommandError, match=words):
        call_command("export", str(chat.pk), output=str(tmp_path / "o"), **options)
    assert not (tmp_path / "o").exists()


def test_a_pattern_that_runs_away_is_refused_by_its_line(chat: Conversation, tmp_path: Path) -> None:
    (tmp_path / "redaction_patterns").write_text("a\n(a+)+$\n")
    with pytest.raises(CommandError, match="Line 2"):
        call_command("export", str(chat.pk), redact="all", key_file=str(tmp_path / "k"), output=str(tmp_path / "o"))
