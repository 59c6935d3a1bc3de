"""Who a program acts for, and what its token is for."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel

from conversations.api.access import token_of, user_of
from conversations.models.token import Scope

router = Router(tags=["account"])


class Key(BaseModel):
    """The token of this request."""

    name: str
    scopes: list[Scope]
    expires_at: datetime | None


class Me(BaseModel):
    """An account. `token` is null for a browser's session."""

    username: str
    name: str
    email: str
    token: Key | None


@router.get("/me", response={200: Me}, operation_id="readMe", summary="See who you are and what the token is for")
def read_me(request: HttpRequest) -> Me:
    """Tokens themselves, passwords and sessions are for the account page alone: a token never makes another."""
    user, token = user_of(request), token_of(request)
    key = Key(name=token.name, scopes=token.scopes, expires_at=token.expires_at) if token else None
    return Me(username=user.get_username(), name=user.get_full_name(), email=user.email, token=key)
