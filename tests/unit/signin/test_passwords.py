"""No password is made of what everybody knows of the site."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from conversations.models import User
from conversations.signin import passwords

NAMES = ["chat.my-club.example.org", ".acme.test", "www.ox.org", "192.0.2.7", "[2001:db8::1]", "*", "cabinet"]


@pytest.fixture(autouse=True)
def _names(settings: Any) -> None:
    settings.ALLOWED_HOSTS, settings.HOST = NAMES, "0.0.0.0"


def test_the_words_are_the_parts_of_its_names() -> None:
    assert passwords.words() == {"chatsite", "myclub", "example", "acme", "cabinet"}


@pytest.mark.parametrize(
    "password", ["Chatsite2026!", "ch4tS1te-2026", "my-club my-club", "MyClub#99999", "@cme@cme@cme", "the cabinet of"]
)
def test_a_password_made_of_them_is_refused(password: str) -> None:
    with pytest.raises(ValidationError, match="the name of this site"):
        validate_password(password)


@pytest.mark.parametrize("password", ["correct horse battery", "a chat about oxen, 1987", "192.0.2.7 is my number"])
def test_others_are_not(password: str) -> None:
    validate_password(password)


@pytest.mark.django_db
def test_the_form_says_so_in_plain_words(client: Client) -> None:
    given = {"username": "ada", "password1": "Chatsite-2026"}

    page = client.post("/accounts/signup/", given, headers={"host": "chat.my-club.example.org"}).content.decode()

    assert "holds “chatsite”, the name of this site. Choose one without it." in page
    assert not User.objects.exists()
