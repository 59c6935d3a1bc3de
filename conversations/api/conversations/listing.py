"""The conversations of whoever asks, a page at a time."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from conversations.api.access import user_of
from conversations.api.cursors import Cursor
from conversations.api.problems import Problem
from conversations.models import Conversation

router = Router(tags=["conversations"])


class ConversationEntry(BaseModel):
    """A conversation in the list. `generating` tells whether a reply is being written in it."""

    id: UUID
    title: str
    created_at: datetime
    updated_at: datetime
    backend: str
    model: str
    generating: bool
    temporary: bool = Field(description="removed once nobody has it open; never in the list")


class ConversationPage(BaseModel):
    """Some of the list. `next` is the cursor of the page behind, null on the last one."""

    items: list[ConversationEntry]
    next: str | None


@router.get(
    "/conversations",
    response={200: ConversationPage, 401: Problem, 422: Problem, 429: Problem},
    url_name="conversations",
    operation_id="listConversations",
    summary="List your conversations, newest activity first",
)
def list_conversations(
    request: HttpRequest,
    limit: Annotated[int, Query(), Field(ge=1, le=200)] = 50,
    cursor: Annotated[str, Query(), Field(max_length=64)] = "",
) -> ConversationPage:
    """Pages are stable under writes: a conversation that nothing happens to is seen exactly once."""
    found = Conversation.objects.visible_to(user_of(request)).lasting().with_generating().order_by("-updated_at", "-id")
    if cursor:
        found = found.filter(Cursor.decode(cursor).rest)
    rows = list(found[: limit + 1])
    items, last = rows[:limit], rows[limit - 1] if len(rows) > limit else None
    return ConversationPage(
        items=[entry(row) for row in items],
        next=Cursor(last.updated_at, last.pk).encode() if last else None,
    )


def entry(row: Conversation) -> ConversationEntry:
    """A conversation `with_generating` as the list has it."""
    return ConversationEntry(
        id=row.pk,
        title=row.title,
        created_at=row.created_at,
        updated_at=row.updated_at,
        backend=row.backend_name,
        model=row.model_name,
        generating=vars(row)["generating"],
        temporary=row.is_temporary,
    )
