"""What must not be deleted, and why: holds on a person or a conversation, and cases of open review projects."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from conversations.models import Case, Conversation, Hold
from conversations.models.conversation import ConversationQuerySet

Kept = Literal["hold", "review"]


def unheld(found: ConversationQuerySet) -> ConversationQuerySet:
    """Those that may be deleted for good."""
    return found.exclude(_held())


def held(found: ConversationQuerySet) -> ConversationQuerySet:
    """The others."""
    return found.filter(_held())


def why_kept(conversations: Collection[UUID]) -> dict[UUID, Kept]:
    """Of those that must not be deleted for good, what keeps each."""
    rows = Conversation.objects.filter(pk__in=conversations).annotate(by_hold=_by_hold(), by_review=_by_review())
    found: dict[UUID, Kept] = {}
    for pk, by_hold, by_review in rows.order_by().values_list("pk", "by_hold", "by_review"):
        if by_hold or by_review:
            found[pk] = "hold" if by_hold else "review"
    return found


def holds_person(person: int) -> bool:
    """Whether all that somebody has is held."""
    return Hold.objects.active().filter(owner=person).exists()


def holds_on_person(person: int) -> list[Hold]:
    """Those on all that somebody has, and on any of their conversations."""
    return list(Hold.objects.active().filter(Q(owner=person) | Q(conversation__owner=person)))


def holds_on(conversation: UUID) -> list[Hold]:
    """Those on this conversation alone."""
    return list(Hold.objects.active().filter(conversation=conversation))


def _held() -> Q:
    return Q(_by_hold()) | Q(_by_review())


def _by_hold() -> Exists:
    active = Hold.objects.active()
    return Exists(active.filter(Q(conversation=OuterRef("pk")) | Q(owner=OuterRef("owner_id"))))


def _by_review() -> Exists:
    """What people judge in a project stays while they work: their ratings would go along."""
    return Exists(Case.objects.filter(conversation=OuterRef("pk"), project__is_open=True))
