"""What every template may ask for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.http import HttpRequest

from conversations.models import User


def approvals(request: HttpRequest) -> dict[str, Callable[[], int]]:
    """`approvals_waiting`: how many people an administrator could let in. Counted only where a template asks."""

    @cache
    def count() -> int:
        user = getattr(request, "user", None)
        if user is None or not (user.is_staff and user.has_perm("conversations.change_user")):
            return 0
        return User.objects.waiting().count()

    return {"approvals_waiting": count}
