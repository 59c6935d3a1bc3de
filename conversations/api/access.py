"""Who asks: a program with a token, or the browser of somebody who is signed in (to read, from our own pages)."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import APIKeyCookie, HttpBearer

from conversations.live.access import SignedOut
from conversations.models import ApiToken, User

_OWN_PAGES = ("same-origin", "none", "")


class TokenAuth(HttpBearer):
    """`Authorization: Bearer cs_…`, made by `manage.py token`."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        """Its user; None when it is unknown, expired, or its user may not come in."""
        found = ApiToken.objects.find(token.strip())
        if found is None:
            return None
        found.used(timezone.now())
        return found.user


class SessionAuth(APIKeyCookie):
    """The browser's session. It opens nothing that changes anything, and nothing to other sites' pages."""

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self) -> None:
        super().__init__(csrf=False)  # reading only

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:
        """The user signed in; a request that names a token stands or falls with the token."""
        reads = request.method in ("GET", "HEAD") and "Authorization" not in request.headers
        if not reads or request.headers.get("Sec-Fetch-Site", "") not in _OWN_PAGES:
            return None
        user = request.user
        return user if isinstance(user, User) and user.may_chat else None


def user_of(request: HttpRequest) -> User:
    """Who was let in."""
    user = getattr(request, "auth", None)
    assert isinstance(user, User), "every operation is behind TokenAuth or SessionAuth"
    return user


def program_of(request: HttpRequest) -> Callable[[], User]:
    """Asks again, and later, who the token of the request lets in. That raises SignedOut when it is nobody any more."""
    secret = request.headers["Authorization"].partition(" ")[2].strip()

    def who() -> User:
        found = ApiToken.objects.find(secret)
        if found is None:
            raise SignedOut
        return found.user

    return who
