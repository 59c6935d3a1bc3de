"""Thumbs on replies, for programs."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Path, Router, Status
from pydantic import BaseModel, ConfigDict, Field

from conversations.api.access import user_of
from conversations.api.lookups import own_message
from conversations.api.problems import Conflict
from conversations.models import RatingReason
from conversations.models.review.rating import COMMENT_LIMIT
from conversations.review.ratings import VALUES, RatingRefused, rate, take_back

Number = Annotated[int, Path(ge=1, le=2**63 - 1)]

router = Router(tags=["messages"])


class Thumb(BaseModel):
    """What you think of a reply, and why if you like."""

    model_config = ConfigDict(extra="forbid")

    thumb: Literal["up", "down"]
    reason: RatingReason = RatingReason.NONE
    comment: str = Field(default="", max_length=COMMENT_LIMIT)


@router.put("/messages/{message}/rating", response={200: Thumb}, operation_id="rate", summary="Rate a reply")
def put_rating(request: HttpRequest, message: Number, body: Thumb) -> Thumb:
    """In place of what you thought before. Only a finished reply of your own conversations can be rated."""
    try:
        kept = rate(user_of(request), own_message(request, message), VALUES[body.thumb], body.reason, body.comment)
    except RatingRefused as refusal:
        raise Conflict(refusal.code, "Only a finished reply can be rated.") from None
    return Thumb(thumb=body.thumb, reason=RatingReason(kept.reason), comment=kept.comment)


@router.delete(
    "/messages/{message}/rating", response={204: None}, operation_id="takeBackRating", summary="Take a rating back"
)
def delete_rating(request: HttpRequest, message: Number) -> Status[None]:
    """Without one, nothing changes."""
    take_back(user_of(request), own_message(request, message))
    return Status(204, None)
