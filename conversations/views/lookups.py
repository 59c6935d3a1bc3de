"""Finding things for the person who asks: what is foreign is as unknown as what does not exist."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from conversations.models import Conversation, Message, User


def member_of(request: HttpRequest) -> User:
    """Who asks; `member_required` has let them in."""
    assert isinstance(request.user, User)
    return request.user


def visible_conversation(request: HttpRequest, pk: UUID) -> Conversation:
    """The person's conversation. Raises Http404."""
    return get_object_or_404(Conversation.objects.visible_to(member_of(request)), pk=pk)


def stored_or_new(request: HttpRequest, pk: UUID) -> Conversation:
    """The person's conversation, or an unsaved one when nobody has one of that id. Raises Http404 for a foreign one."""
    user = member_of(request)
    found = Conversation.objects.filter(pk=pk).first()
    if found is None:
        return Conversation(pk=pk, owner=user)
    if found.owner_id != user.pk or found.trashed_at is not None:
        raise Http404
    return found


def visible_message(request: HttpRequest, pk: int) -> Message:
    """A message of the person's conversations, with its conversation. Raises Http404."""
    messages = Message.objects.visible_to(member_of(request)).select_related("conversation")
    return get_object_or_404(messages, pk=pk)


def trashed_message(request: HttpRequest, pk: int) -> Message:
    """One that the person deleted, from a conversation that is still there. Raises Http404."""
    messages = Message.objects.filter(conversation__owner=member_of(request), conversation__trashed_at=None)
    return get_object_or_404(messages.exclude(trashed_at=None).select_related("conversation"), pk=pk)
