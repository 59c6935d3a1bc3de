"""The path of a conversation, a page at a time, from its end upwards."""

from __future__ import annotations

from itertools import islice
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from conversations.api.lookups import own_conversation, there
from conversations.api.messages.bodies import MessageEntry, entry
from conversations.api.problems import Problem
from conversations.live.protocol.commands import Id

router = Router(tags=["messages"])


class MessagePage(BaseModel):
    """Some of the path, oldest first. `before` is what to ask for next: the messages above; null at the beginning."""

    items: list[MessageEntry]
    before: int | None


@router.get(
    "/conversations/{conversation}/messages",
    response={200: MessagePage, 401: Problem, 404: Problem, 422: Problem, 429: Problem},
    operation_id="listMessages",
    summary="Read the path of a conversation",
)
def list_messages(
    request: HttpRequest,
    conversation: UUID,
    limit: Annotated[int, Query(), Field(ge=1, le=200)] = 50,
    before: Annotated[Id | None, Query()] = None,
) -> MessagePage:
    """The last messages of the path that was chosen last, or those above the message `before`."""
    found = own_conversation(request, conversation)
    end = found.leaf_id
    if before is not None:
        above = there(found.messages.filter(pk=before).first())  # deleted or not: what is above is the same
        end = above.parent_id
    rows = list(islice(found.walk(end), limit))[::-1]
    return MessagePage(
        items=[entry(row) for row in rows], before=rows[0].pk if rows and rows[0].parent_id is not None else None
    )
