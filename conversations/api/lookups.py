"""Finding what belongs to whoever asks: foreign and unknown are alike (404)."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from conversations.api.access import user_of
from conversations.models import Conversation, Message

Found = TypeVar("Found")


def there(found: Found | None) -> Found:
    """What was found. Raises Http404 when that is nothing."""
    if found is None:
        raise Http404
    return found


def own_conversation(request: HttpRequest, pk: UUID) -> Conversation:
    """Theirs, not in the trash. Raises Http404."""
    return get_object_or_404(Conversation.objects.visible_to(user_of(request)), pk=pk)


def own_lasting(request: HttpRequest, pk: UUID) -> Conversation:
    """The same, and no temporary chat: of those there are no files. Raises Http404."""
    return get_object_or_404(Conversation.objects.visible_to(user_of(request)).lasting(), pk=pk)


def own_message(request: HttpRequest, pk: int) -> Message:
    """A message of one of theirs, with its conversation. Raises Http404."""
    return get_object_or_404(Message.objects.visible_to(user_of(request)).select_related("conversation"), pk=pk)
