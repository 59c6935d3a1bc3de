"""Whether a site may be served to others as it is set up: what to change is said before a port is opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import ip_address

KEY_LENGTH = 50
KEY_VARIETY = 5
"""Fewer characters, or fewer different ones, can be guessed: Django's own measures (security.W009)."""
EXAMPLE = "django-insecure-"
_NEW_KEY = "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"


def is_public(host: str) -> bool:
    """Whether others than this machine reach a server that listens on `host`."""
    try:
        return not ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host != "localhost" and not host.endswith(".localhost")


def faults(*, debug: bool, secret_key: str, allowed_hosts: Sequence[str]) -> Iterator[str]:
    """What must not be served to others, each with the way out of it."""
    if debug:
        yield "DEBUG is on: it shows code and settings to whoever causes an error. Unset it."
    if len(secret_key) < KEY_LENGTH or len(set(secret_key)) < KEY_VARIETY or secret_key.startswith(EXAMPLE):
        yield (
            "SECRET_KEY can be guessed: unset it, and one is made and kept in DATA_DIR,\n"
            f"    or take at least {KEY_LENGTH} random characters:  {_NEW_KEY}"
        )
    if "*" in allowed_hosts:
        yield "ALLOWED_HOSTS is *: name what people type to come here, as in ALLOWED_HOSTS=chat.example.org"
