"""`manage.py token`: a key for a program that acts for somebody; its secret is shown this once."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from conversations.models import ApiToken, User
from conversations.text import clean_line


class Command(BaseCommand):
    """Prints the secret alone on standard output, so that it can be piped."""

    help = "Make an API token for a user. The secret is printed once and cannot be read again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who, what for, how long."""
        parser.add_argument("username")
        parser.add_argument("name", help="what the token is for")
        parser.add_argument("--days", type=int, help="how long it is valid; without this it does not expire")

    def handle(self, *args: Any, username: str, name: str, days: int | None, **options: Any) -> None:
        """Make it. Raises CommandError for an unknown name, or one whose token would open nothing."""
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no user named {username!r}.")
        if not user.may_chat:
            raise CommandError(f"{username} is switched off or waits for approval: the token would not work.")
        if days is not None and not 1 <= days <= 36500:
            raise CommandError("--days is a number from 1 to 36500.")
        label = clean_line(name, 100)
        if not label:
            raise CommandError("Give the token a name that says what it is for.")
        _token, secret = ApiToken.issue(user, label, timedelta(days=days) if days else None)
        self.stdout.write(secret)
        self.stderr.write(f"Made for {username}. Keep it: it is not shown again.")
