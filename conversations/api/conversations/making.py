"""Conversations that begin without a question, and those that come back."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Status
from pydantic import Field

from conversations.api.access import user_of
from conversations.api.conversations import listing
from conversations.api.conversations.settings import ConversationChange, ConversationView, change, view_of
from conversations.api.problems import Problem, Taken
from conversations.generation.announcements import conversation_changed
from conversations.generation.engine import engine
from conversations.ids import uuid7
from conversations.keeping import temporary
from conversations.models import Conversation, User
from conversations.models.conversation import Refused
from conversations.models.statements import insert

router = listing.router  # one address, several methods: one router


class NewConversation(ConversationChange):
    """Settings of a new conversation; what is left out is as the browser has it at first.

    With an `id` of your own the same request can be sent again without making a second one. A `temporary` one is in no
    list, and removed for good 15 minutes after the last question, later while a browser has it open.
    """

    id: UUID = Field(default_factory=uuid7)


@router.post(
    "/conversations",
    response={201: ConversationView, 200: ConversationView, 409: Problem},
    operation_id="createConversation",
    summary="Begin a conversation",
    openapi_extra={
        "responses": {
            200: {"description": "You have it already. Nothing of it was changed."},
            201: {"headers": {"Location": {"description": "Where it is.", "schema": {"type": "string"}}}},
        }
    },
)
def create_conversation(request: HttpRequest, response: HttpResponse, new: NewConversation) -> Status[ConversationView]:
    """It is in the list of the owner's open browsers at once. A question to an unknown number begins one as well."""
    user = user_of(request)
    is_new = _store(user, new)
    if is_new:
        conversation_changed(new.id)
    response["Location"] = reverse("api:conversation", args=[new.id])
    return Status(201 if is_new else 200, view_of(user, new.id))


@router.post(
    "/conversations/{conversation}/restore",
    response={200: ConversationView},
    operation_id="restoreConversation",
    summary="Bring a deleted conversation back",
)
def restore_conversation(request: HttpRequest, conversation: UUID) -> ConversationView:
    """As it was, until it is purged."""
    user = user_of(request)
    found = Conversation.objects.trashed_by(user).filter(pk=conversation).first()
    if found is None or not found.restore():
        raise Http404
    conversation_changed(found.pk)
    return view_of(user, conversation)


def _store(user: User, new: NewConversation) -> bool:
    """Make it; False when `user` has it already. Raises Taken when it is somebody else's, or deleted."""
    backend_name, model_name = engine.registry.default_model()
    made = Conversation(pk=new.id, owner=user, backend_name=backend_name, model_name=model_name)
    if new.temporary:
        made.temporary_until = temporary.begin(user.pk)
    if new.model is None and not model_name:
        raise Refused("no_model", "model")
    with transaction.atomic():
        if insert(made):
            change(made, new)
            return True
    if not Conversation.objects.visible_to(user).filter(pk=new.id).exists():
        raise Taken
    return False
