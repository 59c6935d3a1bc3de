"""`manage.py token`: the secret is shown once and stored as a hash, and opens nothing for those who are out."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from conversations.models import ApiToken, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob() -> User:
    return User.objects.create_user("bob", password="correct horse battery")


def make(*args: str) -> str:
    out = StringIO()
    call_command("token", *args, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_standard_output_is_the_secret_alone_and_it_opens(bob: User) -> None:
    printed = make("bob", "backup")

    assert printed == printed.strip() + "\n"
    found = ApiToken.objects.find(printed.strip())
    assert found is not None
    assert (found.user, found.name, found.expires_at) == (bob, "backup", None)


def test_the_secret_is_not_in_the_database(bob: User) -> None:
    secret = make("bob", "backup").strip()

    assert secret not in str(list(ApiToken.objects.values_list()))


def test_days_are_kept(bob: User) -> None:
    make("bob", "backup", "--days", "3")

    expires_at = ApiToken.objects.get().expires_at
    assert expires_at is not None
    assert timedelta(days=2) < expires_at - timezone.now() <= timedelta(days=3)


@pytest.mark.parametrize(
    "args", [("eve", "x"), ("bob", " "), ("bob", "x", "--days", "0"), ("bob", "x", "--days", "-1")]
)
def test_a_mistake_makes_no_token(bob: User, args: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        make(*args)
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("field", ["is_active", "is_approved"])
def test_a_token_of_somebody_who_is_out_is_not_made_and_does_not_open(bob: User, field: str) -> None:
    secret = make("bob", "backup").strip()
    User.objects.update(**{field: False})

    assert ApiToken.objects.find(secret) is None
    with pytest.raises(CommandError):
        make("bob", "another")


@pytest.mark.parametrize("secret", ["", "cs_", "null", "cs_null", "\x00"])
def test_an_empty_or_made_up_secret_opens_nothing(bob: User, secret: str) -> None:
    make("bob", "backup")

    assert ApiToken.objects.find(secret) is None
