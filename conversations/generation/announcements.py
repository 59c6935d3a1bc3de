"""Tells a person's other tabs what changed: the sidebar's entry, or which branch is shown."""

from __future__ import annotations

from uuid import UUID

from conversations.generation.engine import engine
from conversations.generation.entries import changed_event
from conversations.live.broadcasts import conversation_topic, hub, user_topic
from conversations.live.protocol.events import PathChanged
from conversations.models import Conversation


def conversation_changed(conversation: UUID) -> None:
    """From a view: new title, deleted, restored."""
    owner = Conversation.objects.filter(pk=conversation).values_list("owner_id", flat=True).first()
    changed = changed_event(conversation)
    if owner is not None and changed is not None:
        hub.publish_soon(user_topic(owner), changed)


def path_changed(conversation: UUID) -> None:
    """From a view: another branch is shown, or something on it was deleted or restored."""
    leaf = Conversation.objects.filter(pk=conversation).values_list("leaf_id", flat=True).first()
    hub.publish_soon(conversation_topic(conversation), PathChanged(conversation=conversation, leaf=leaf))


def let_go(replies: tuple[int, ...]) -> None:
    """From a view: these replies are stopped in the database; their upstream connections are closed now."""
    for reply in replies:
        engine.stop_soon(reply)
