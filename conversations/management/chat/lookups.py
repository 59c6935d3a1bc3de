"""A person's conversations, found by what they can type: an identifier, its beginning, or a title."""

from __future__ import annotations

import re
from uuid import UUID

from conversations.models import Conversation, User

_BEGINNING = re.compile(r"[0-9a-f]{6,32}")


class Unclear(ValueError):
    """Nothing is found, or more than one; the text says which."""


def find_conversation(user: User, word: str) -> Conversation:
    """The conversation of that identifier (or its first six characters at least) or title. Raises Unclear."""
    own = Conversation.objects.visible_to(user)
    found: list[Conversation] = []
    digits = word.lower().replace("-", "")
    if _BEGINNING.fullmatch(digits):
        first, last = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
        found = list(own.filter(pk__gte=first, pk__lte=last)[:2])
    if not found:
        found = list(own.filter(title__iexact=word)[:2])
    if len(found) > 1:
        raise Unclear(f"Several conversations fit {word}. Use more of the identifier, which is in its address.")
    if not found:
        raise Unclear(f"There is no conversation {word}.")
    return found[0]


def latest_conversation(user: User) -> Conversation:
    """The one with the last activity. Raises Unclear."""
    found = Conversation.objects.visible_to(user).order_by("-updated_at").first()
    if found is None:
        raise Unclear("There is no conversation yet to go on with.")
    return found
