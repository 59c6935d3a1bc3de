"""What may be served to others."""

from __future__ import annotations

import secrets

import pytest

from chatsite.serving.exposure import faults, is_public

GOOD = {"debug": False, "secret_key": secrets.token_urlsafe(50), "allowed_hosts": ["chat.example.org"]}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost", "chat.localhost"])
def test_this_machine_alone(host: str) -> None:
    assert not is_public(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.20", "203.0.113.7", "chat.example.org", "fe80::1"])
def test_others_reach_it(host: str) -> None:
    assert is_public(host)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"debug": True}, "DEBUG"),
        ({"secret_key": "short"}, "SECRET_KEY"),
        ({"secret_key": "a" * 60}, "SECRET_KEY"),
        ({"secret_key": "django-insecure-" + "abcdefghij" * 5}, "SECRET_KEY"),
        ({"allowed_hosts": ["chat.example.org", "*"]}, "ALLOWED_HOSTS"),
    ],
)
def test_each_fault_is_named(changed: dict[str, object], named: str) -> None:
    assert [fault.split()[0] for fault in faults(**{**GOOD, **changed})] == [named]  # type: ignore[arg-type]


def test_nothing_is_wrong_with_a_site_that_is_set_up_well() -> None:
    assert not list(faults(**GOOD))  # type: ignore[arg-type]
