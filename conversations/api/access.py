"""Who asks: a program with a token, or the browser of somebody who is signed in (to read, from our own pages).

What an operation needs a token for is declared once, where it is routed: `auth=needs(Scope.EXPORT)`. Without that it is
`read` for GET and `write` for everything else. The OpenAPI document and the answers are both made from it.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import APIKeyCookie, HttpBearer

from conversations.live.access import SignedOut
from conversations.models import ApiToken, User
from conversations.models.token import Scope
from conversations.signin import record

_OWN_PAGES = ("same-origin", "none", "")
_SAFE = ("GET", "HEAD")


class MissingScope(Exception):
    """The token is good, and was not made for this."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self.scope = scope


class TokenAuth(HttpBearer):
    """`Authorization: Bearer cs_…`, made in the account or by `manage.py token`."""

    def __init__(self, scope: Scope | None = None) -> None:
        super().__init__()
        self._scope = scope

    def scope_of(self, method: str) -> Scope:
        """What a token must be for, to be used with this method."""
        return self._scope or (Scope.READ if method in _SAFE else Scope.WRITE)

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        """Its user; None when it is unknown, expired, or its user may not come in. Raises MissingScope."""
        found = ApiToken.objects.find(token.strip())
        if found is None:
            record.ward_request("a token opened nothing", request)
            return None
        found.used(timezone.now())
        scope = self.scope_of(request.method or "")
        if not found.allows(scope):
            raise MissingScope(scope)
        return found.user


class SessionAuth(APIKeyCookie):
    """The browser's session. It opens nothing that changes anything, and nothing to other sites' pages."""

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self) -> None:
        super().__init__(csrf=False)  # reading only

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:
        """The user signed in; a request that names a token stands or falls with the token."""
        reads = request.method in _SAFE and "Authorization" not in request.headers
        if not reads or request.headers.get("Sec-Fetch-Site", "") not in _OWN_PAGES:
            return None
        user = request.user
        return user if isinstance(user, User) and user.may_chat else None


def needs(scope: Scope | None = None) -> list[TokenAuth | SessionAuth]:
    """The ways in to what a token needs `scope` for."""
    return [TokenAuth(scope), SessionAuth()]


def user_of(request: HttpRequest) -> User:
    """Who was let in."""
    user = getattr(request, "auth", None)
    assert isinstance(user, User), "every operation is behind TokenAuth or SessionAuth"
    return user


def token_of(request: HttpRequest) -> ApiToken | None:
    """The token that let them in; None for a session."""
    secret = request.headers.get("Authorization", "").partition(" ")[2].strip()
    return ApiToken.objects.find(secret)


def program_of(request: HttpRequest) -> Callable[[], User]:
    """Asks again, and later, who the token of the request lets in. That raises SignedOut when it is nobody any more."""
    secret = request.headers["Authorization"].partition(" ")[2].strip()

    def who() -> User:
        found = ApiToken.objects.find(secret)
        if found is None:
            raise SignedOut
        return found.user

    return who
