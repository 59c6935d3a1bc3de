"""What a line of the log holds, and above all what it does not."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError

from conversations.telemetry import logs
from conversations.telemetry.logs import JsonFormatter, PlainFormatter
from conversations.telemetry.requests import request_id

SAID = "I have told nobody else"


def record(words: str, *args: object, name: str = "chatsite.x", error: Exception | None = None) -> logging.LogRecord:
    info: Any = None
    if error is not None:
        try:
            raise error
        except type(error):
            info = sys.exc_info()
    return logging.LogRecord(name, logging.ERROR, "x.py", 1, words, args, info)


def both(found: logging.LogRecord) -> str:
    return PlainFormatter().format(found) + "\n" + JsonFormatter().format(found)


def test_a_line_as_json() -> None:
    token = request_id.set("number-0003")
    try:
        found = record("two\nlines %s", "\x1b[31mred")
        found.facts = {"reply": {"tokens": 3}}
        value = json.loads(JsonFormatter().format(found))
        plain = PlainFormatter().format(found)
    finally:
        request_id.reset(token)

    assert value.pop("time").endswith("+00:00")
    assert value.pop("process")
    assert value == {
        "level": "error", "logger": "chatsite.x", "message": "two\nlines \x1b[31mred", "request_id": "number-0003",
        "reply": {"tokens": 3},
    }  # fmt: skip
    assert plain.endswith("ERROR chatsite.x [number-0003]: two\\nlines \\x1b[31mred")


def test_an_error_is_told_by_its_way_and_not_by_its_words() -> None:
    def fail() -> None:
        try:
            raise ValueError(SAID)
        except ValueError as error:
            raise IntegrityError(f"DETAIL: Failing row contains ({SAID})") from error

    with pytest.raises(IntegrityError) as caught:
        fail()
    text = both(record("it failed", error=caught.value))

    assert SAID not in text
    assert "builtins.ValueError" in text
    assert "django.db.utils.IntegrityError" in text
    assert "test_logs.py" in text


def test_what_is_said_about_the_machine_is_kept_but_not_what_postgresql_adds() -> None:
    text = both(record("x", error=OperationalError(f"no space left\nCONTEXT: {SAID}")))
    assert "no space left" in text
    assert SAID not in text


def test_the_values_that_asyncio_shows_are_left_out() -> None:
    words = f"Task exception was never retrieved\nfuture: <Task exception=ValueError('{SAID}')>"
    text = both(record(words, name="asyncio", error=ValueError(SAID)))
    assert "never retrieved" in text
    assert SAID not in text


@pytest.mark.parametrize(
    "secret",
    ["Bearer abcdefgh", "cs_0123456789abcdef", "sk-proj-0123456789", "postgres://chat:pass@host/x",
     "/accounts/password/reset/key/4-cx8k2f-0123456789abcdef0123456789abcdef/"],
)  # fmt: skip
def test_credentials_are_hidden(secret: str) -> None:
    text = both(record("sent %s to them", secret))
    assert all(part not in text for part in ("abcdefgh", "0123456789", "pass@"))


def test_the_sites_own_secrets_are_hidden(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.EMAIL_HOST_PASSWORD = "correct horse"
    settings.OIDC_CLIENT = {"secret": "very zebra"}
    monkeypatch.setitem(settings.DATABASES["default"], "PASSWORD", "battery staple")
    host = {"address": "redis://:open%20sesame@host:6379"}
    settings.CHANNEL_LAYERS = {"default": {"CONFIG": {"hosts": [host]}}}
    logs.secrets_of_the_site.cache_clear()
    try:
        text = both(record("very zebra, correct horse, battery staple, open sesame, %s", settings.SECRET_KEY))
    finally:
        logs.secrets_of_the_site.cache_clear()

    assert "zebra" not in text
    assert "horse" not in text
    assert "staple" not in text
    assert "sesame" not in text
    assert settings.SECRET_KEY not in text
