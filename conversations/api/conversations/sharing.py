"""The link by which others read a conversation: made, brought up to date, and stopped."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.http import Http404, HttpRequest
from django.urls import reverse
from ninja import Router, Status
from pydantic import BaseModel, ConfigDict, Field

from conversations.api.access import user_of
from conversations.api.lookups import own_lasting, there
from conversations.api.problems import Problem
from conversations.keeping import sharing
from conversations.models import Conversation, Share, Sharing, SiteSettings

router = Router(tags=["conversations"])
_ERRORS = {401: Problem, 404: Problem, 429: Problem}


class ShareView(BaseModel):
    """A link that shows the path up to `leaf` as it was at `taken_at`. `is_behind`: the conversation has gone on."""

    url: str | None = Field(description="null when the key that seals it was lost: stop it and make another")
    leaf: int | None
    made_at: datetime
    taken_at: datetime
    expires_at: datetime | None
    is_behind: bool


class ShareWish(BaseModel):
    """For how many `days` a new link is to work; without them, until it is stopped."""

    model_config = ConfigDict(extra="forbid")

    days: Literal[7, 30, 90] | None = None


@router.get(
    "/conversations/{conversation}/share",
    response={200: ShareView, **_ERRORS},
    operation_id="readShare",
    summary="Read the link to a conversation",
)
def read_share(request: HttpRequest, conversation: UUID) -> ShareView:
    """404 when there is none, and when the site's settings let nothing be shared."""
    return _view(request, there(sharing.link_of(_shareable(request, conversation))))


@router.put(
    "/conversations/{conversation}/share",
    response={200: ShareView, 409: Problem, 422: Problem, **_ERRORS},
    operation_id="share",
    summary="Share a conversation as it is now",
)
def share(request: HttpRequest, conversation: UUID, body: ShareWish) -> ShareView:
    """Makes the link, or has the one that there is show the conversation as it is now. Who may read is the site's."""
    found, user = _shareable(request, conversation), user_of(request)
    link = sharing.link_of(found)
    if link is None:
        return _view(request, sharing.make(found, user, body.days))
    sharing.renew(link, user)
    return _view(request, link)


@router.delete(
    "/conversations/{conversation}/share",
    response={204: None, **_ERRORS},
    operation_id="stopSharing",
    summary="Stop the link to a conversation",
)
def stop_sharing(request: HttpRequest, conversation: UUID) -> Status[None]:
    """Nobody reads by it any more, at once."""
    sharing.stop(there(sharing.link_of(_shareable(request, conversation))), user_of(request))
    return Status(204, None)


def _shareable(request: HttpRequest, conversation: UUID) -> Conversation:
    if SiteSettings.load().sharing == Sharing.OFF:
        raise Http404
    return own_lasting(request, conversation)


def _view(request: HttpRequest, link: Share) -> ShareView:
    token = link.token
    return ShareView(
        url=request.build_absolute_uri(reverse("shared", args=[token])) if token else None,
        leaf=link.leaf_id,
        made_at=link.made_at,
        taken_at=link.taken_at,
        expires_at=link.expires_at,
        is_behind=link.is_behind,
    )
