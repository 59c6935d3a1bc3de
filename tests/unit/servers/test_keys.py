"""Keys of servers: encrypted in the database, and a plain word instead of a crash where they cannot be read."""

from __future__ import annotations

import pytest
from django.db import connection
from pytest_django import Settings

from conversations.backends.base import BackendRefused
from conversations.backends.registry import Registry
from conversations.generation.servers.specs import spec_of
from conversations.models import Backend, Kind
from conversations.sealing import Unreadable, seal, unseal

KEY = "sk-secret-0123456789"


def test_what_was_sealed_is_read_again_and_never_looks_the_same() -> None:
    first, second = seal(KEY), seal(KEY)

    assert first != second
    assert first.startswith("v1:")
    assert KEY not in first
    assert (unseal(first), unseal(second)) == (KEY, KEY)
    assert (seal(""), unseal("")) == ("", "")


def test_an_old_secret_key_reads_as_long_as_it_is_among_the_fallbacks(settings: Settings) -> None:
    sealed = seal(KEY)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another one"

    assert unseal(sealed) == KEY
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(Unreadable):
        unseal(sealed)


@pytest.mark.parametrize("sealed", ["v1:", "v1:gAAAA", "plain", "v1:\u00e4", "\ud800"])
def test_what_was_never_sealed_cannot_be_read(sealed: str) -> None:
    with pytest.raises(Unreadable):
        unseal(sealed)


@pytest.mark.django_db
def test_the_database_holds_no_key_that_anybody_can_read() -> None:
    row = Backend(name="hosted", label="Hosted", kind=Kind.OPENAI, address="https://api.example.org")
    row.key = f" {KEY} "
    row.save()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM conversations_backend WHERE name = 'hosted'")
        stored = cursor.fetchone()

    assert not [value for value in stored if KEY[3:] in str(value)]
    found = Backend.objects.get(name="hosted")
    assert (found.key, found.key_hint) == (KEY, "6789")


def test_a_short_key_tells_nothing_of_itself() -> None:
    row = Backend(name="near")
    row.key = "secret"
    assert row.key_hint == ""


@pytest.mark.django_db
async def test_a_key_that_cannot_be_read_is_a_plain_error_of_this_server_alone(settings: Settings) -> None:
    row = Backend(name="hosted", label="Hosted", kind=Kind.OPENAI, address="https://api.example.org")
    row.key = KEY
    settings.SECRET_KEY = "another one"
    registry = Registry([spec_of(row), {"name": "eliza", "class": "conversations.backends.eliza.ElizaBackend"}])

    state = await registry.refresh("hosted")

    assert row.key_hint is None
    assert (state.state, state.code, state.label) == ("down", "key_unreadable", "Hosted")
    with pytest.raises(BackendRefused, match="key_unreadable"):
        registry.get("hosted")
    assert registry.default_model() == ("eliza", "eliza")
