"""Transcripts name the files of a message: kind and size, never the bytes."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from conversations.models import Conversation, Message
from conversations.transcripts import FORMATS, outline
from conversations.uploads.receiving import receive
from tests.unit.uploads.samples import picture
from tests.unit.views.people import conversation_of, person, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation() -> Conversation:
    """Somebody said something about a picture and a text."""
    chat = conversation_of(person("ada"))
    said = say(chat, "Look")
    for name, data in {"pump [1].png": picture(), "notes.md": b"# Pump"}.items():
        attachment = receive(chat.owner, SimpleUploadedFile(name, data))
        attachment.message, attachment.position = said, name == "notes.md"
        attachment.save()
    Message.objects.filter(pk=said.pk).update(attached=2)
    return chat


def test_json_lists_the_files_of_a_message(conversation: Conversation) -> None:
    (message,) = json.loads(b"".join(FORMATS["json"].write(outline(conversation))))["messages"]
    image, text = message["attachments"]
    assert (image["name"], image["kind"], image["width"], image["media_type"]) == (
        "pump [1].png",
        "image",
        40,
        "image/png",
    )
    assert (text["name"], text["kind"], text["size"], text["pages"]) == ("notes.md", "text", 6, None)
    assert (image["text"], text["text"]) == ("", "# Pump")
    assert not {"stored_name", "owner"} & set(text)


def test_markdown_names_them_above_the_words(conversation: Conversation) -> None:
    document = b"".join(FORMATS["md"].write(outline(conversation))).decode()
    size = conversation.messages.get().attachments.first()
    assert size is not None
    assert f"- pump \\[1\\].png (Image, {size.size} bytes)\n- notes.md (Text, 6 bytes)\n\n<!-- file" in document
    assert "6 characters -->\n\n```\n# Pump\n```\n\n\n<!-- message" in document
