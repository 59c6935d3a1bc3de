"""Many short conversations are read together, a long one by itself, and all come out as they do alone."""

from __future__ import annotations

import json
import sys

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations.exports.packages import Writing
from conversations.exports.request import ExportRequest
from conversations.exports.rights import Reader
from conversations.models import Conversation, Message, User
from conversations.transcripts import FORMATS, outline, outlines
from tests.unit.exports.conftest import talk

pytestmark = [pytest.mark.django_db(transaction=True)]


def test_the_number_of_statements_does_not_follow_that_of_conversations(own: Reader) -> None:
    for number in range(60):
        talk(own.user, str(number), "x", "y")
    with CaptureQueriesContext(connection) as asked:
        written = b"".join(Writing.of(ExportRequest(package="ndjson"), own).pieces())
    assert len(written.splitlines()) == 60
    assert len(asked) < 15


@pytest.mark.parametrize("limit", ["CHUNK", "CHARACTERS"])
def test_what_is_read_together_is_what_is_read_alone(alice: User, limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [talk(alice, "short", "When?", "At noon."), talk(alice, "none"), talk(alice, "long", *"abcdefgh" * 3)]
    branch = Message.objects.filter(conversation=made[2]).earliest("pk")
    Message.objects.create(conversation=made[2], parent=branch, role="assistant", content="another way")
    Message.objects.filter(conversation=made[0]).latest("pk").trash()
    ordered = list(Conversation.objects.order_by("pk"))

    def together() -> list[bytes]:
        return [b"".join(FORMATS["json"].write(found)) for found in outlines(ordered, {})]

    alone = [b"".join(FORMATS["json"].write(outline(each))) for each in ordered]
    assert together() == alone
    monkeypatch.setattr(sys.modules[outlines.__module__], limit, 3)
    assert together() == alone
    assert [len(json.loads(text)["messages"]) for text in sorted(alone, key=len)] == [0, 1, 25]
