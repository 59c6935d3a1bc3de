"""Where a reading page stands: how people are called on it, and the list or queue that it was reached from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from conversations.models import Case, Conversation
from conversations.review.blinding import people_for
from conversations.review.people import People
from conversations.views.lookups import member_of

FILTERS = "_changelist_filters"  # holds the address's query of the list, as everywhere in Django's admin


@dataclass(frozen=True, slots=True)
class Frame:
    """`home` is the name and the address of the list; `panel` names a template for the top of the side panel, which
    finds `extra` in its context. On a page of a `case`, notes belong to that case."""

    people: People
    home: tuple[str, str]
    previous: str = ""
    next: str = ""
    case: Case | None = None
    panel: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


def people_of(request: HttpRequest, conversation: Conversation, case: Case | None = None) -> People:
    """The names that the reader sees of `conversation`, on its own page or on that of a `case`."""
    project = case.project if case else None
    return people_for(member_of(request), conversation, request.session.session_key, project)
