"""Who sits at a socket: the session's user, asked of the database each time it matters.

A socket outlives its handshake. Signing out, a changed password, a switched-off account must end it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpRequest, parse_cookie
from django.utils import timezone
from django.utils.translation import get_language_from_request

from conversations.models import User
from conversations.signin import record, sessions


class SignedOut(Exception):
    """Nobody who may chat sits there any more."""


class Visitor:
    """Whoever opened a socket, known by the cookies of its handshake."""

    def __init__(self, scope: Mapping[str, Any]) -> None:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        self._headers = headers
        self._client = scope.get("client")
        self._scheme = scope.get("scheme", "ws")
        request = HttpRequest()
        request.COOKIES = parse_cookie(headers.get(b"cookie", ""))
        request.META["HTTP_ACCEPT_LANGUAGE"] = headers.get(b"accept-language", "")
        self.language = get_language_from_request(request)
        self._session_key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        self._used_at = time.monotonic()  # the page that opened the socket
        self._known: tuple[tuple[object, ...] | None, User] | None = None

    def member(self) -> User:
        """Who does something here: their session counts as used. Raises SignedOut."""
        user = self.present()
        if time.monotonic() - self._used_at > sessions.RENEWED.total_seconds():
            self._used_at = time.monotonic()
            sessions.use(self._session_key)
        return user

    def present(self) -> User:
        """The user of the session, by what the database holds now. Raises SignedOut."""
        known = self._known
        # Read before the check: what changes while that is made is a difference the next time.
        rows = None if known is None else _rows(self._session_key, known[1].pk)
        if known is not None and rows is not None and rows == known[0] and known[1].may_chat:
            return known[1]
        self._known = None
        self._known = rows, self._checked()
        return self._known[1]

    def _checked(self) -> User:
        request = HttpRequest()
        request.session = import_module(settings.SESSION_ENGINE).SessionStore(self._session_key or None)
        user = get_user(request)
        if isinstance(user, User) and user.may_chat:
            return user
        raise SignedOut

    @property
    def address(self) -> str:
        """Where they are, by the proxy in front where there is one."""
        client: Sequence[Any] = self._client or ("",)
        told = self._headers.get(b"x-forwarded-for", "").rpartition(",")[2].strip()
        return told if told and settings.ALLAUTH_TRUSTED_PROXY_COUNT else str(client[0])

    @property
    def is_from_own_page(self) -> bool:
        """Whether the page that opens the socket came from here: same host, port and scheme.

        Browsers send `Origin` always, and cookies too, from wherever (CWE-1385). One from elsewhere is on the record.
        """
        host = self._headers.get(b"host", "").lower()
        scheme = "https" if self._is_secure else "http"
        is_own = bool(host) and self._headers.get(b"origin", "").lower() == f"{scheme}://{host}"
        if not is_own:
            record.ward("a socket was asked for by a page from elsewhere", self.address)
        return is_own

    @property
    def _is_secure(self) -> bool:
        if settings.SECURE_PROXY_SSL_HEADER:
            name, value = settings.SECURE_PROXY_SSL_HEADER
            header = name.removeprefix("HTTP_").replace("_", "-").lower().encode()
            return self._headers.get(header) == value
        return bool(self._scheme == "wss")


def _rows(session_key: str, user: int) -> tuple[object, ...] | None:
    """The session that has not run out, with all of its user's row; None without either.

    All that a full check goes by is in them, so the same rows give the same answer in a quarter of the time.
    """
    quote = connection.ops.quote_name
    session, expires = Session._meta, Session._meta.get_field("expire_date")
    pk = f"{quote(User._meta.db_table)}.{quote(str(User._meta.pk.column))}"
    key = quote(str(session.pk.column))
    with connection.cursor() as cursor:
        # Only names of tables and columns are put in here, and those are ours.
        cursor.execute(
            f"SELECT * FROM {quote(session.db_table)}, {quote(User._meta.db_table)}"  # noqa: S608
            f" WHERE {key} = %s AND {quote(str(expires.column))} > %s AND {pk} = %s",
            [session_key, expires.get_db_prep_value(timezone.now(), connection), user],
        )
        found: tuple[object, ...] | None = cursor.fetchone()
    return found
