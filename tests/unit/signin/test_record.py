"""What the log has of the doors."""

from __future__ import annotations

import logging

import pytest
from django.test import Client

from tests.unit.signin.codes import PASSWORD, answer, code_of, person, sign_in, with_app

pytestmark = pytest.mark.django_db


def test_sign_ins_that_work_and_that_fail_are_in_the_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    user = person()
    with_app(user)
    with caplog.at_level(logging.INFO, "chatsite.accounts"):
        client.post("/accounts/login/", {"login": "ada", "password": "my other password"})
        sign_in(client)
        answer(client, "12345")
        answer(client, code_of())
        client.post("/accounts/logout/")

    lines = [record.getMessage() for record in caplog.records if record.name == "chatsite.accounts"]
    assert lines == [
        "a sign-in failed (address 127.0.0.1)",
        f"a code was wrong (user {user.pk}, factor totp, address 127.0.0.1)",
        f"signed in (user {user.pk}, address 127.0.0.1, means ['password', 'mfa'])",
        f"signed out (user {user.pk}, address 127.0.0.1)",
    ]
    assert not {PASSWORD, "my other password", "ada"} & set(" ".join(lines).split())
