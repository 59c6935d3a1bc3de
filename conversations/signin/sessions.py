"""Sessions that end 30 days after the sign-in whatever is done meanwhile, and earlier when nobody uses them.

The row's end is what everything looks at. Use moves it on, written at most once an hour.
"""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.middleware import SessionMiddleware as DjangosMiddleware
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from conversations.models import SiteSettings

BEGAN = "began_at"
PLAIN_NAME = "sessionid"
RENEWED = timedelta(hours=1)


class SessionStore(db.SessionStore):
    """Django's sessions in the database, by these rules; of whoever has not signed in yet, by Django's."""

    _stored_end: datetime | None = None

    @property
    def began_at(self) -> datetime | None:
        """When its owner signed in; None before that, and of a session of an older version."""
        moment = self.get(BEGAN)
        return None if moment is None else datetime.fromtimestamp(moment, UTC)

    def get_expiry_date(self, **kwargs: Any) -> datetime:
        """Its last moment, however much it is used."""
        began = self.began_at
        return super().get_expiry_date(**kwargs) if began is None else began + _lifetime()

    def get_expiry_age(self, **kwargs: Any) -> int:
        """Seconds until then: how long the cookie is kept."""
        if self.began_at is None:
            return int(super().get_expiry_age(**kwargs))
        return max(0, int((self.get_expiry_date() - timezone.now()).total_seconds()))

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        """The row, with its end where nobody uses it."""
        if SESSION_KEY in data:
            data.setdefault(BEGAN, int(timezone.now().timestamp()))
        made: AbstractBaseSession = super().create_model_instance(data)
        if SESSION_KEY in data:
            made.expire_date = self._idle_end()
        return made

    def renew(self) -> None:
        """Count this moment as use."""
        began = self.began_at
        if self._stored_end is None or began is None or timezone.now() - began < RENEWED:
            return
        end = self._idle_end()
        if abs(end - self._stored_end) < RENEWED:
            return
        with contextlib.suppress(OperationalError):  # the next use tries again
            Session.objects.filter(session_key=self.session_key).update(expire_date=end)
            self._stored_end = end

    def _idle_end(self) -> datetime:
        idle = timedelta(days=SiteSettings.believed().idle_days)
        return min(timezone.now() + idle, self.get_expiry_date())

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        found: AbstractBaseSession | None = super()._get_session_from_db()  # type: ignore[misc]
        self._stored_end = None if found is None else found.expire_date
        return found


class SessionMiddleware(DjangosMiddleware):
    """Django's, which counts each request of somebody who is signed in as use."""

    def process_request(self, request: HttpRequest) -> None:
        """Find the session, too, where the cookie has the name that it had before HTTPS gave it another."""
        super().process_request(request)
        old = request.COOKIES.get(PLAIN_NAME)
        if old and settings.SESSION_COOKIE_NAME not in request.COOKIES:
            store = SessionStore(old)
            # Whoever can set a cookie from a neighbouring name cannot make such a session any more.
            if SESSION_KEY in store and store.began_at is None:
                store.modified = True
                request.session = store

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Store what changed."""
        session = request.session
        if isinstance(session, SessionStore) and session.accessed and not session.modified:
            session.renew()
        return super().process_response(request, response)


def use(session_key: str) -> None:
    """Count this moment as use of that session."""
    store = SessionStore(session_key)
    if SESSION_KEY in store:  # which loads it
        store.renew()


def _lifetime() -> timedelta:
    return timedelta(seconds=settings.SESSION_COOKIE_AGE)
