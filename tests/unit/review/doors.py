"""The addresses of the reading page, and what stands on it."""

from __future__ import annotations

from django.urls import reverse

from conversations.models import Conversation


def address(talk: Conversation, door: str = "change") -> str:
    """One of the doors of a conversation in the admin."""
    return reverse(f"admin:conversations_conversation_{door}", args=[talk.pk])


def leaf(talk: Conversation) -> int:
    """The last message of the chosen path."""
    assert talk.leaf_id is not None
    return talk.leaf_id
