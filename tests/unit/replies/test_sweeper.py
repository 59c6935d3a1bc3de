"""Whose replies are swept: those that nobody writes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from conversations.generation.sweeper import sweep
from conversations.live.broadcasts import PROCESS
from conversations.models import Conversation, Message, State, User


@pytest.mark.usefixtures("db")
def test_what_this_process_still_writes_survives_a_sleep_of_the_machine() -> None:
    conversation = Conversation.objects.create(owner=User.objects.create(username="alice"))
    over = timezone.now() - timedelta(minutes=5)
    written, left = (
        Message.objects.create(
            conversation=conversation, role="assistant", state=State.STREAMING, lease=PROCESS, lease_until=over
        ).pk
        for _ in range(2)
    )
    assert [finished.reply for finished, _user in sweep(lambda reply: reply == written)] == [left]
    assert Message.objects.get(pk=written).state == State.STREAMING
    assert Message.objects.get(pk=left).state == State.INTERRUPTED


def test_a_reply_of_a_dead_process_is_found_within_15_seconds() -> None:
    """At the latest its lease has just been renewed, and a sweep has just been."""
    assert settings.LEASE_SECONDS + settings.SWEEP_SECONDS <= 15
