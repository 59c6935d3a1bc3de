"""What the doctor and the site agree on: where a slow answer is, how it comes, and who may ask for it."""

from __future__ import annotations

from django.core.signing import BadSignature, TimestampSigner

PATH = "/healthz/doctor"
PIECES, PAUSE = 5, 0.25
"""So many lines, with so many seconds between them."""
_KEY_SECONDS = 60
_SALT = "doctor"


def new_key() -> str:
    """Opens the address for a minute; whoever has the site's SECRET_KEY can make one."""
    return TimestampSigner(salt=_SALT).sign("stream")


def is_key(given: str) -> bool:
    """Whether it is one, and still."""
    try:
        TimestampSigner(salt=_SALT).unsign(given, max_age=_KEY_SECONDS)
    except BadSignature:
        return False
    return True
