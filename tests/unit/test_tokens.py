"""`manage.py token`: the secret is shown once and stored as a hash, and opens nothing for those who are out."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.utils import timezone

from conversations.models import ApiToken, User
from conversations.models.token import MOST_TOKENS, Scope, TooManyTokens

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob() -> User:
    return User.objects.create_user("bob", password="correct horse battery")


def run(*args: str) -> str:
    out = StringIO()
    call_command("token", *args, stdout=out, stderr=StringIO())
    return out.getvalue()


def make(*args: str) -> str:
    return run("make", *args)


def test_standard_output_is_the_secret_alone_and_it_opens(bob: User) -> None:
    printed = make("bob", "backup")

    assert printed == printed.strip() + "\n"
    found = ApiToken.objects.find(printed.strip())
    assert found is not None
    assert (found.user, found.name, found.scopes, found.expires_at) == (bob, "backup", ["read", "write"], None)


def test_the_secret_is_not_in_the_database(bob: User) -> None:
    secret = make("bob", "backup").strip()

    assert secret not in str(list(ApiToken.objects.values_list()))


def test_days_and_scopes_are_kept(bob: User) -> None:
    make("bob", "backup", "--days", "3", "--scope", "export", "--scope", "read")

    token = ApiToken.objects.get()
    assert token.expires_at is not None
    assert timedelta(days=2) < token.expires_at - timezone.now() <= timedelta(days=3)
    assert token.scopes == ["read", "export"]
    assert [scope for scope in Scope if token.allows(scope)] == [Scope.READ, Scope.EXPORT]


@pytest.mark.parametrize(
    "args",
    [
        ("make", "eve", "x"),
        ("make", "bob", " "),
        ("make", "bob", "x", "--days", "0"),
        ("make", "bob", "x", "--days", "-1"),
        ("make", "bob", "x", "--scope", "everything"),
        ("make", "bob", "x", "--scope", "admin"),
        ("make", "bob", "x", "--scope", "review"),
        ("list", "eve"),
        ("revoke", "7"),
        (),
    ],
)
def test_a_mistake_makes_no_token(bob: User, args: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*args)
    assert not ApiToken.objects.exists()


def test_the_list_has_everybodys_or_one_persons_and_no_secret(bob: User) -> None:
    ana = User.objects.create_user("ana")
    secret = make("bob", "backup", "--scope", "read").strip()
    ApiToken.issue(ana, "old", expires_at=timezone.now())

    lines = run("list").splitlines()
    assert [line.split()[1:4] for line in lines[1:]] == [["ana", "old", "read,write"], ["bob", "backup", "read"]]
    assert "expired" in lines[1]
    assert secret not in run("list")
    told = [json.loads(line) for line in run("list", "bob", "--json").splitlines()]
    assert [(one["user"], one["name"], one["scopes"], one["expires_at"]) for one in told] == [
        ("bob", "backup", ["read"], None)
    ]


def test_a_token_that_is_revoked_opens_nothing(bob: User) -> None:
    secret = make("bob", "backup").strip()
    run("revoke", str(ApiToken.objects.get().pk))

    assert ApiToken.objects.find(secret) is None


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


def test_what_opens_nothing_is_not_offered(bob: User) -> None:
    assert Scope.offered_to(bob) == [Scope.READ, Scope.WRITE, Scope.EXPORT]
    bob.user_permissions.set(Permission.objects.filter(codename__in=["review_conversation", "manage_library"]))
    assert Scope.offered_to(User.objects.get(pk=bob.pk)) == list(Scope)


def test_nobody_has_more_tokens_than_they_can_look_through(bob: User) -> None:
    for number in range(MOST_TOKENS):
        ApiToken.issue(bob, str(number))

    with pytest.raises(TooManyTokens):
        ApiToken.issue(bob, "one more")
    with pytest.raises(CommandError):
        make("bob", "one more")
