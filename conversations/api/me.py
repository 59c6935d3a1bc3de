"""Who a program acts for, and what its token is for."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel

from conversations.api.access import token_of, user_of
from conversations.generation.fairness.quotas import standing
from conversations.models.token import Scope

router = Router(tags=["account"])


class Key(BaseModel):
    """The token of this request."""

    name: str
    scopes: list[Scope]
    expires_at: datetime | None


class Day(BaseModel):
    """Of one thing today: what is used, from where on one is warned, and the most; null is no bound."""

    used: int
    warn_from: int | None
    limit: int | None


class Today(BaseModel):
    """What the account may use in a day of the site's time zone, and what it has; `resets_at` begins the next."""

    messages: Day
    tokens: Day
    resets_at: datetime


class Me(BaseModel):
    """An account. `token` is null for a browser's session."""

    username: str
    name: str
    email: str
    token: Key | None
    quota: Today


@router.get("/me", response={200: Me}, operation_id="readMe", summary="See who you are and what the token is for")
def read_me(request: HttpRequest) -> Me:
    """Tokens themselves, passwords and sessions are for the account page alone: a token never makes another."""
    user, token = user_of(request), token_of(request)
    key = Key(name=token.name, scopes=token.scopes, expires_at=token.expires_at) if token else None
    today = Today.model_validate(standing(user.pk).model_dump(exclude={"type", "level"}))
    return Me(username=user.get_username(), name=user.get_full_name(), email=user.email, token=key, quota=today)
