"""One conversation: its settings, its title, and taking it off the list."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Status
from pydantic import BaseModel, ConfigDict, Field

from conversations.api.access import user_of
from conversations.api.conversations.listing import ConversationEntry, entry
from conversations.api.lookups import own_conversation, there
from conversations.api.messages.bodies import CleanText
from conversations.api.problems import Problem, Unacceptable
from conversations.generation.announcements import conversation_changed, let_go
from conversations.generation.choices import choose_model
from conversations.keeping import temporary
from conversations.live.protocol.commands import AnswerFormat, ModelChoice, Name
from conversations.models import Conversation, User
from conversations.models.conversation import TITLE_LIMIT
from conversations.sampling import Sampling, ThinkChoice
from conversations.text import clean_line

router = Router(tags=["conversations"])
_PLAIN = ("think", "system_prompt", "response_format", "corrects_format", "tools")
_ERRORS = {401: Problem, 404: Problem, 422: Problem, 429: Problem}


class ConversationView(ConversationEntry):
    """A conversation with what holds for its next reply. `leaf` is the end of the path that was chosen last."""

    leaf: int | None
    think: str
    system_prompt: str
    sampling: dict[str, Any]
    response_format: Any
    corrects_format: bool
    tools: list[str]


class ConversationChange(BaseModel):
    """What is to be changed. `response_format` null lets answers have any form; other nulls change nothing.

    `sampling` takes the place of all that was set. `temporary` false keeps a temporary conversation.
    """

    model_config = ConfigDict(extra="forbid")

    title: str | None = None
    model: ModelChoice | None = None
    think: ThinkChoice | None = None
    system_prompt: CleanText | None = None
    sampling: Sampling | None = None
    response_format: AnswerFormat | None = None
    corrects_format: bool | None = None
    tools: Annotated[list[Name], Field(max_length=64)] | None = None
    temporary: bool | None = None


@router.get(
    "/conversations/{conversation}",
    response={200: ConversationView, **_ERRORS},
    url_name="conversation",
    operation_id="readConversation",
    summary="Read the settings of a conversation",
)
def read_conversation(request: HttpRequest, conversation: UUID) -> ConversationView:
    """Its messages are below, at `/messages`."""
    return view_of(user_of(request), conversation)


@router.patch(
    "/conversations/{conversation}",
    response={200: ConversationView, **_ERRORS},
    operation_id="changeConversation",
    summary="Change the title or the settings of a conversation",
)
def change_conversation(request: HttpRequest, conversation: UUID, body: ConversationChange) -> ConversationView:
    """The settings hold from the next reply on."""
    with transaction.atomic():
        found = there(Conversation.objects.to_grow(user_of(request), conversation))
        if body.temporary and not found.is_temporary:
            raise Unacceptable("temporary", _("Only a new conversation can be made temporary."))
        if body.temporary is False:
            temporary.keep(found)
        change(found, body)
    conversation_changed(found.pk)
    return view_of(user_of(request), conversation)


@router.delete(
    "/conversations/{conversation}",
    response={204: None, **_ERRORS},
    operation_id="deleteConversation",
    summary="Take a conversation off the list",
)
def delete_conversation(request: HttpRequest, conversation: UUID) -> Status[None]:
    """As the browser does: a reply that is being written in it ends."""
    found = own_conversation(request, conversation)
    let_go(found.trash())
    conversation_changed(found.pk)
    return Status(204, None)


def view_of(user: User, conversation: UUID) -> ConversationView:
    """The conversation as its owner's programs see it. Raises Http404."""
    found = there(Conversation.objects.visible_to(user).with_generating().filter(pk=conversation).first())
    return ConversationView(
        leaf=found.leaf_id,
        sampling=found.settings().model_dump(exclude_none=True),
        **{name: getattr(found, name) for name in _PLAIN},
        **dict(entry(found)),
    )


def change(found: Conversation, wanted: ConversationChange) -> None:
    """Store what is named. Raises Unacceptable."""
    given = wanted.model_dump(exclude_none=True, include={*_PLAIN, "sampling"})
    if "response_format" in wanted.model_fields_set:
        given["response_format"] = wanted.response_format
    for name, value in given.items():
        setattr(found, name, value)
    found.save(update_fields=list(given))
    if wanted.model is not None:
        choose_model(found, wanted.model)
    if wanted.title is not None:
        title = clean_line(wanted.title, TITLE_LIMIT)
        if not title:
            raise Unacceptable("title", _("The title is empty."))
        found.rename(title)
