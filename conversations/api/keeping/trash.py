"""What somebody deleted: until when it can be restored, and deleting it for good."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest
from ninja import Path, Query, Router, Status
from pydantic import BaseModel, Field

from conversations.api.access import user_of
from conversations.api.problems import Conflict, Problem
from conversations.keeping.trash import KEPT, Entry, StillKept, Trash

router = Router(tags=["trash"])
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
_ERRORS = {401: Problem, 404: Problem, 409: Problem, 422: Problem, 429: Problem}


class TrashEntry(BaseModel):
    """A conversation, or (with `message`) a branch of one. `goes_at` is null while a hold or a review keeps it."""

    conversation: UUID
    message: int | None = Field(description="the uppermost of a deleted branch")
    title: str
    text: str = Field(description="how a branch begins")
    deleted_at: datetime
    goes_at: datetime | None
    kept: Literal["hold", "review"] | None


class TrashPage(BaseModel):
    """Some of it, the last deleted first; `pages` is how many pages there are. `days` is how long things stay."""

    items: list[TrashEntry]
    pages: int
    days: int


class Emptied(BaseModel):
    """How many entries were deleted for good."""

    deleted: int


@router.get(
    "/trash",
    response={200: TrashPage, 401: Problem, 422: Problem, 429: Problem},
    operation_id="listTrash",
    summary="List what you deleted",
)
def list_trash(
    request: HttpRequest,
    kind: Literal["conversations", "branches"] = "conversations",
    limit: Annotated[int, Query(), Field(ge=1, le=200)] = 50,
    page: Annotated[int, Query(), Field(ge=1, le=1_000_000)] = 1,
) -> TrashPage:
    """`restore` of a conversation or a message brings it back. Without it, it goes by itself when its time is over."""
    trash = Trash(user_of(request))
    rows = trash.conversations if kind == "conversations" else trash.branches
    found = rows[(page - 1) * limit : page * limit]
    pages = Paginator(rows, limit).num_pages
    return TrashPage(items=[_entry(each) for each in trash.entries(found)], pages=pages, days=trash.days)


@router.delete(
    "/trash",
    response={200: Emptied, 401: Problem, 429: Problem},
    operation_id="emptyTrash",
    summary="Delete all that you deleted for good",
)
def empty_trash(request: HttpRequest) -> Emptied:
    """But for what a hold or a review keeps."""
    return Emptied(deleted=Trash(user_of(request)).empty())


@router.delete(
    "/trash/conversations/{conversation}",
    response={204: None, **_ERRORS},
    operation_id="purgeConversation",
    summary="Delete a conversation in the trash for good",
)
def purge_conversation(request: HttpRequest, conversation: UUID) -> Status[None]:
    """With its messages and files. 409 (`kept`) while a hold or a review keeps it."""
    with _unless_kept():
        is_gone = Trash(user_of(request)).delete_conversation(conversation)
    if not is_gone:
        raise Http404
    return Status(204, None)


@router.delete(
    "/trash/messages/{message}",
    response={204: None, **_ERRORS},
    operation_id="purgeMessage",
    summary="Delete a branch in the trash for good",
)
def purge_message(request: HttpRequest, message: Number) -> Status[None]:
    """The message and all that hangs below it. 409 (`kept`) while a hold or a review keeps its conversation."""
    with _unless_kept():
        gone = Trash(user_of(request)).delete_branch(message)
    if gone is None:
        raise Http404
    return Status(204, None)


@contextmanager
def _unless_kept() -> Iterator[None]:
    try:
        yield
    except StillKept as kept:
        raise Conflict("kept", str(KEPT[kept.why])) from None


def _entry(entry: Entry) -> TrashEntry:
    return TrashEntry(
        conversation=entry.conversation.pk,
        message=entry.message.pk if entry.message else None,
        title=entry.conversation.title,
        text=entry.text,
        deleted_at=entry.deleted_at,
        goes_at=entry.goes_at,
        kept=entry.kept,
    )
