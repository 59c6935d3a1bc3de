"""Whoever comes in the moment a reply ends is not told that it is being written."""

from __future__ import annotations

from typing import Any

import pytest

from conversations.generation import watching
from conversations.ids import uuid7
from conversations.live.broadcasts import PROCESS
from conversations.live.protocol.commands import Resume
from conversations.live.protocol.events import Opened, ReplyText
from conversations.models import Message, State, User

CONVERSATION = uuid7()


def nobody() -> User:
    raise AssertionError("asked of the database")


def answering(monkeypatch: pytest.MonkeyPatch, *answers: object) -> None:
    """What the database says, one time after the other."""
    left = list(answers)

    async def read(*_: object) -> Any:
        return left.pop(0)

    monkeypatch.setattr(watching, "read", read)


async def test_a_reply_that_ends_while_the_state_is_read_is_not_running(monkeypatch: pytest.MonkeyPatch) -> None:
    running = [ReplyText(conversation=CONVERSATION, reply=1, state="streaming")]
    before, after = (Opened(conversation=CONVERSATION, leaf=1, updated_at="", running=texts) for texts in (running, []))
    answering(monkeypatch, before, after)
    opened = await watching.open_conversation(nobody, CONVERSATION)
    assert opened is not None
    assert opened.running == []


async def test_the_text_of_a_reply_that_ends_while_it_is_read_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Message(pk=1, conversation_id=CONVERSATION, state=State.STREAMING, content="one", lease=PROCESS)
    after = Message(pk=1, conversation_id=CONVERSATION, state=State.COMPLETE, content="one two")
    answering(monkeypatch, before, after)
    text = await watching.reply_text(nobody, Resume(reply=1))
    assert text is not None
    assert (text.state, text.content) == (State.COMPLETE, "one two")
