"""`manage.py token`: keys for programs that act for somebody. A secret is shown once, when its token is made."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from pydantic_core import to_json

from conversations.management.columns import ago, table
from conversations.models import ApiToken, User
from conversations.models.token import BASIC, NAME_LIMIT, Scope, TooManyTokens
from conversations.text import clean_line


class Command(BaseCommand):
    """`make` prints the secret alone on standard output, so that it can be piped."""

    help = "Make, list and revoke API tokens. A secret is printed once and cannot be read again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A parser for each verb."""
        add = parser.add_subparsers(dest="verb", metavar="VERB", required=True).add_parser
        make = add("make", help="make a token and print its secret")
        make.add_argument("username")
        make.add_argument("name", help="what the token is for")
        make.add_argument(
            "--scope",
            action="append",
            choices=Scope.values,
            help=f"what it may be used for; once for each ({', '.join(BASIC)})",
        )
        make.add_argument("--days", type=int, help="how long it is valid; without this it does not expire")
        listing = add("list", help="all tokens, or those of somebody")
        listing.add_argument("username", nargs="?")
        listing.add_argument("--json", action="store_true", help="a line of JSON for each")
        revoke = add("revoke", help="end a token for good")
        revoke.add_argument("id", type=int, help="its number in the list")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        """Raises CommandError in plain words."""
        {"make": self._make, "list": self._list, "revoke": self._revoke}[verb](options)

    def _make(self, options: dict[str, Any]) -> None:
        user, days = _user(options["username"]), options["days"]
        if not user.may_chat:
            why = "is switched off, waits for approval, or lacks the second factor that the site asks for"
            raise CommandError(f"{user.username} {why}: the token would not work.")
        if days is not None and not 1 <= days <= 36500:
            raise CommandError("--days is a number from 1 to 36500.")
        name = clean_line(options["name"], NAME_LIMIT)
        if not name:
            raise CommandError("Give the token a name that says what it is for.")
        scopes = options["scope"] or BASIC
        if useless := sorted(set(scopes) - set(Scope.offered_to(user))):
            raise CommandError(f"{user.username} may do nothing that needs the scope {useless[0]!r}.")
        try:
            _token, secret = ApiToken.issue(user, name, scopes, timezone.now() + timedelta(days=days) if days else None)
        except TooManyTokens:
            raise CommandError(f"{user.username} has too many tokens: revoke one first.") from None
        self.stdout.write(secret)
        self.stderr.write(f"Made for {user.username}. Keep it: it is not shown again.")

    def _list(self, options: dict[str, Any]) -> None:
        found = ApiToken.objects.select_related("user").order_by("user__username", "-created_at", "-pk")
        if options["username"]:
            found = found.filter(user=_user(options["username"]))
        if options["json"]:
            for token in found:
                self.stdout.write(to_json(_values(token)).decode())
            return
        rows = [(str(token.pk), token.user.username, token.name, *_state(token)) for token in found]
        self.stdout.write(table(("ID", "USER", "NAME", "SCOPES", "EXPIRES", "LAST USED"), rows))

    def _revoke(self, options: dict[str, Any]) -> None:
        token = ApiToken.objects.select_related("user").filter(pk=options["id"]).first()
        if token is None:
            raise CommandError(f"There is no token {options['id']}: `manage.py token list` shows them.")
        token.delete()
        self.stderr.write(f"Revoked {token.name!r} of {token.user.username}.")


def _user(username: str) -> User:
    user = User.objects.filter(username=username).first()
    if user is None:
        raise CommandError(f"There is no user named {username!r}.")
    return user


def _state(token: ApiToken) -> tuple[str, str, str]:
    expires = "expired" if token.has_expired else ago(token.expires_at) or "never"
    return ",".join(token.scopes), expires, ago(token.last_used_at) or "never"


def _values(token: ApiToken) -> dict[str, Any]:
    names = ("name", "scopes", "created_at", "expires_at", "last_used_at")
    return {"id": token.pk, "user": token.user.username, **{name: getattr(token, name) for name in names}}
