"""An authenticator app, and a person who has set one up."""

from __future__ import annotations

import time
from typing import Any

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.test import Client

from conversations.models import User

PASSWORD = "correct horse battery"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code_of(secret: str = SECRET) -> str:
    """What the app shows now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def person(name: str = "ada", **rights: Any) -> User:
    return User.objects.create_user(name, password=PASSWORD, **rights)


def with_app(user: User) -> list[str]:
    """Set up the app; the recovery codes that come with it."""
    TOTP.activate(user, SECRET)
    return list(RecoveryCodes.activate(user).get_unused_codes())


def sign_in(client: Client, name: str = "ada") -> str:
    """By password; where that leads."""
    return str(client.post("/accounts/login/", {"login": name, "password": PASSWORD})["Location"])


def answer(client: Client, code: str) -> int:
    """Give a code at the second step; the status."""
    return client.post("/accounts/2fa/code/", {"code": code}).status_code


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def confirm(client: Client) -> None:
    """The password once more, which what matters asks for."""
    assert client.post("/accounts/confirm/", {"password": PASSWORD}).status_code == 302
