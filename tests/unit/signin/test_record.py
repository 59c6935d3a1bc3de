"""What the log has of the doors."""

from __future__ import annotations

import json
import logging

import pytest
from django.core.cache import cache
from django.test import Client

from conversations.api.limits import throttle
from conversations.live.access import Visitor
from conversations.live.consumers import ChatConsumer
from conversations.live.protocol import CLOSE_TOO_MANY
from conversations.live.rates import REQUESTS
from conversations.models import ApiToken
from conversations.telemetry.logs import JsonFormatter
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


def guards(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "chatsite.guards"]


def test_what_the_guards_of_pages_stop_is_in_the_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    user = person()
    stranger = Client(enforce_csrf_checks=True)
    stranger.post("/accounts/login/", {"login": "my name", "password": "my password"})
    stranger.get("/api/v1/me", headers={"Authorization": "Bearer cs_mytoken"})
    for _attempt in range(11):
        client.post("/accounts/login/", {"login": "ada", "password": "my other password"})
    cache.clear()
    client.force_login(user)
    for _attempt in range(11):
        client.post("/accounts/confirm/", {"password": "my other password"})

    assert guards(caplog) == [
        "a form did not come from a page of this browser's (address 127.0.0.1)",
        "a token opened nothing (address 127.0.0.1)",
        "too many wrong passwords (address 127.0.0.1)",
        f"too many attempts at a door of accounts (user {user.pk}, address 127.0.0.1)",
    ]
    lines = [JsonFormatter().format(record) for record in caplog.records]
    assert not any("my name" in line or "my password" in line or "mytoken" in line for line in lines)
    told = json.loads(lines[[record.name for record in caplog.records].index("chatsite.guards")])
    assert (told["level"], told["logger"], told["address"]) == ("warning", "chatsite.guards", "127.0.0.1")


def test_a_program_that_asks_too_fast_is_in_the_log(
    client: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = person()
    _token, secret = ApiToken.issue(user, "script")
    monkeypatch.setattr(REQUESTS, "burst", 1)
    throttle.forget()

    for _request in range(2):
        answer = client.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})

    assert (answer.status_code, guards(caplog)) == (429, [f"a program asked too fast (user {user.pk})"])


@pytest.mark.parametrize(("origin", "stopped"), [("https://evil.example", 1), ("", 1), ("http://chat.example.org", 0)])
def test_a_socket_for_another_sites_page_is_in_the_log(
    caplog: pytest.LogCaptureFixture, origin: str, stopped: int
) -> None:
    headers = [(b"host", b"chat.example.org"), (b"origin", origin.encode())]

    is_own = Visitor({"headers": headers, "client": ("203.0.113.7", 1)}).is_from_own_page

    assert is_own is not bool(stopped)
    assert guards(caplog) == ["a socket was asked for by a page from elsewhere (address 203.0.113.7)"] * stopped


async def test_a_socket_that_is_closed_for_its_speed_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    tab = ChatConsumer()
    tab._visitor, tab._user = Visitor({"headers": [], "client": ("203.0.113.7", 1)}), 7
    sent = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    tab.base_send = send
    await tab._close(CLOSE_TOO_MANY)

    assert sent == [{"type": "websocket.close", "code": CLOSE_TOO_MANY}]
    assert guards(caplog) == ["a socket was closed: too many, or too fast (user 7, address 203.0.113.7)"]
