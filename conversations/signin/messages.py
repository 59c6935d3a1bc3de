"""Where what was done is told on the next page: Django's cookie, under the site's kind of name."""

from __future__ import annotations

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class MessageCookie(CookieStorage):
    """See `COOKIE_PREFIX`."""

    cookie_name = f"{settings.COOKIE_PREFIX}messages"


class MessageStorage(FallbackStorage):
    """The cookie, and the session for what is too long for it. Named by `MESSAGE_STORAGE`."""

    storage_classes = (MessageCookie, SessionStorage)
