"""What was read from files is in transcripts, redacted with the rest, and comes back when one is imported."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client
from django.urls import reverse

from conversations.models import Attachment, Conversation, Message, User
from conversations.transcripts import FORMATS, KINDS, Redactor, outline
from conversations.transcripts.importing.errors import Unreadable
from conversations.transcripts.importing.own import transcript_of
from conversations.transcripts.importing.storing import take
from conversations.uploads.quoting import quoted
from conversations.uploads.showing import space_of

pytestmark = [pytest.mark.django_db]
READ = "[Page 1]\n```\nAda owes 5 €\n```\n<script>alert(1)</script>"
TOLD = {"html": "Ada owes 5 €", "docx": "Ada owes 5 €", "md": READ, "txt": "Ada owes 5 €", "json": "Ada owes 5"}


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", first_name="Ada")


@pytest.fixture
def chat(ada: User) -> Conversation:
    made = Conversation.objects.create(owner=ada, title="A bill", model_name="tiny", backend_name="ollama")
    said = Message.objects.create(conversation=made, role="user", content="How much?", sender=ada, attached=2)
    made.choose(Message.objects.create(conversation=made, role="assistant", parent=said, content="5 €").pk)
    bill = {"kind": "pdf", "name": "bill.pdf", "media_type": "application/pdf", "size": 9, "pages": 1, "tokens": 12}
    Attachment.objects.create(owner=ada, message=said, text=READ, stored_name="0" * 32, **bill)
    seen = {"kind": "image", "name": "a.png", "media_type": "image/png", "size": 4, "width": 1, "height": 1}
    Attachment.objects.create(owner=ada, message=said, position=1, stored_name="1" * 32, **seen)
    return made


def written(conversation: Conversation, ending: str, redactor: Redactor | None = None) -> str:
    document = b"".join(FORMATS[ending].write(outline(conversation, redactor)))
    if ending == "docx":
        with ZipFile(BytesIO(document)) as package:
            document = package.read("word/document.xml")
    return document.decode()


@pytest.mark.parametrize("ending", sorted(TOLD))
def test_what_was_read_is_told(chat: Conversation, ending: str) -> None:
    document = written(chat, ending)
    assert TOLD[ending] in document
    assert ("<script>" in document) == (ending in ("md", "txt", "json"))
    redacted = written(chat, ending, Redactor.of_the_site(KINDS))
    assert "[PERSON-1] owes 5" in redacted
    assert "Ada" not in redacted


def test_a_fence_holds_what_was_read(chat: Conversation) -> None:
    assert f"\n````\n{READ}\n````\n" in written(chat, "md")


def test_it_comes_back(chat: Conversation, ada: User, client: Client) -> None:
    value = json.loads(written(chat, "json"))
    assert [each["text"] for each in value["messages"][0]["attachments"]] == [READ, ""]
    chat.delete()

    back = take(transcript_of(value), ada)

    again = json.loads(written(back.conversation, "json"))
    assert back.files == 1  # the picture, which is only named
    assert again["messages"][0]["attachments"] == value["messages"][0]["attachments"][:1]
    assert again["conversation"] == value["conversation"]
    file = Attachment.objects.get()
    assert READ in quoted("How much?", [file])
    assert space_of(ada).used == "0"
    client.force_login(ada)
    found = client.get(reverse("attachment", args=[file.pk]))
    assert (found.content.decode(), 'filename="bill.pdf.txt"' in found["Content-Disposition"]) == (READ, True)
    copy = take(transcript_of(value), ada)
    assert copy.is_renumbered
    assert Attachment.objects.count() == 2
    back.conversation.delete()
    assert Attachment.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "place"),
    [({"media_type": "x" * 101, "kind": "text"}, "media_type"), ({"size": -1}, "size"), ({"remark": "?"}, "remark")],
)
def test_what_no_file_can_be_is_refused_with_its_place(
    chat: Conversation, ada: User, values: dict[str, Any], place: str
) -> None:
    value = json.loads(written(chat, "json"))
    value["messages"][0]["attachments"][0].update(values)
    value["messages"][0]["attachments"][1]["text"] = "a picture has none"
    with pytest.raises(Unreadable) as refused:
        take(transcript_of(value), ada)
    assert refused.value.place == f"messages.0.attachments.0.{place}"
    assert Conversation.objects.count() == 1
