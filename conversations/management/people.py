"""Whose conversations the terminal holds: the machine's operator names a user, or is taken for the administrator."""

from __future__ import annotations

from collections.abc import Callable

from django.core.management.base import CommandError

from conversations.models import User


def find_user(name: str) -> User:
    """The user of that name, or the only administrator. Raises CommandError."""
    if name:
        found = list(User.objects.filter(username=name))
    else:
        found = list(User.objects.filter(is_superuser=True, is_active=True)[:2])
    if len(found) > 1:
        raise CommandError("There are several administrators. Say whose conversation it is: --user NAME")
    if not found:
        raise CommandError(
            f"There is no user named {name!r}."
            if name
            else "There is no administrator yet. Start the site (manage.py up) and sign up, or name a user: --user NAME"
        )
    if not found[0].is_admitted:
        raise CommandError(f"{found[0].username} is switched off or waits for approval.")
    return found[0]


def who(pk: int) -> Callable[[], User]:
    """Asked anew with each question, like a socket's."""

    def member() -> User:
        user = User.objects.filter(pk=pk).first()
        if user is None or not user.is_admitted:
            raise CommandError("This user may not chat any more.")
        return user

    return member
