"""How running replies reach the database: many in one statement, and never over somebody else's decision."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from django.conf import settings
from django.db import DatabaseError

from conversations.generation import scribe
from conversations.generation.scribe import Ending, Scribe, _Checkpoint, _store_checkpoints, _store_endings, own_lease
from conversations.models import Conversation, Message, State, User

UNKNOWN = 2**40


@pytest.fixture
def replies(db: None) -> list[int]:
    """Three replies of this process, and one that another process writes."""
    conversation = Conversation.objects.create(owner=User.objects.create(username=uuid.uuid4().hex))
    leases = [own_lease().owner] * 3 + ["elsewhere/1/0"]
    return [
        Message.objects.create(conversation=conversation, role="assistant", state=State.STREAMING, lease=lease).pk
        for lease in leases
    ]


def checkpoint(reply: int) -> _Checkpoint:
    return _Checkpoint(reply, State.STREAMING, f"text of {reply}", "thought")


def ending(reply: int) -> Ending:
    return Ending(reply, State.COMPLETE, f"all of {reply}", "", "stop", metrics={"reply_tokens": 5})


def test_checkpoints_store_each_reply_its_own_text_and_renew_its_lease(replies: list[int]) -> None:
    assert _store_checkpoints([checkpoint(pk) for pk in replies[:2]], [replies[2]]) == []
    first, second, third = (Message.objects.get(pk=pk) for pk in replies[:3])
    assert (first.content, second.content) == (f"text of {first.pk}", f"text of {second.pk}")
    assert (first.thinking, third.content) == ("thought", "")
    assert first.lease_until is not None
    assert third.lease_until is not None


def test_a_sudden_end_costs_a_second_of_text_at_most() -> None:
    """That a checkpoint is made is proven with sites that are killed (`tests/integration/test_reply_life.py`)."""
    assert 0 < settings.CHECKPOINT_SECONDS <= 1


def test_checkpoints_tell_which_replies_are_not_ours_any_more(replies: list[int]) -> None:
    Message.objects.filter(pk=replies[1]).update(state=State.STOPPED)
    rows = [checkpoint(pk) for pk in (replies[0], replies[1], replies[3], UNKNOWN)]
    assert _store_checkpoints(rows, [UNKNOWN + 1]) == [replies[1], replies[3], UNKNOWN, UNKNOWN + 1]
    assert Message.objects.get(pk=replies[0]).content == f"text of {replies[0]}"
    assert Message.objects.get(pk=replies[1]).content == ""


def test_endings_of_a_group_are_stored_together(replies: list[int]) -> None:
    assert _store_endings([ending(pk) for pk in replies[:3]]) == [State.COMPLETE] * 3
    for message in Message.objects.filter(pk__in=replies[:3]):
        assert (message.state, message.content, message.reason) == (State.COMPLETE, f"all of {message.pk}", "stop")
        assert (message.metrics, message.lease, message.lease_until) == ({"reply_tokens": 5}, "", None)
        assert message.finished_at is not None


def test_endings_leave_the_state_that_somebody_else_has_given(replies: list[int]) -> None:
    Message.objects.filter(pk=replies[1]).update(state=State.STOPPED)
    states = _store_endings([ending(pk) for pk in (replies[0], replies[1], replies[3], UNKNOWN)])
    assert states == [State.COMPLETE, State.STOPPED, State.STREAMING, None]
    assert Message.objects.get(pk=replies[1]).content == f"all of {replies[1]}"
    assert Message.objects.get(pk=replies[3]).content == ""


async def test_everybody_in_a_group_that_cannot_be_stored_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        await asyncio.sleep(0)
        raise DatabaseError("disk full")

    monkeypatch.setattr(scribe, "_patiently", fail)
    writer = Scribe(lambda _reply: None)
    async with asyncio.timeout(60):
        told = await asyncio.gather(*(writer.finish(ending(pk)) for pk in (1, 2, 3)), return_exceptions=True)
    assert [type(error) for error in told] == [DatabaseError] * 3
