"""Two reviewers see each other's changes: each counts in its case, and goes to every tab that watches the project."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from conversations.live.broadcasts import hub, project_topic
from conversations.live.protocol.events import CaseChanged
from conversations.models import Case, Conversation, User
from conversations.models.conversation import Refused
from conversations.review.members import projects_of


def changed(*cases: int) -> None:
    """Something about these cases is new: status, assignee, notes, labels or who has assessed."""
    Case.objects.filter(pk__in=cases).update(version=F("version") + 1, updated_at=timezone.now())
    for case, project in Case.objects.filter(pk__in=cases).values_list("pk", "project_id"):
        event = CaseChanged(project=project, case=case)
        transaction.on_commit(partial(hub.publish_soon, project_topic(project), event))


def conversation_changed(conversation: Conversation) -> None:
    """`changed` for its case in every project: a label was put on it, or taken off."""
    changed(*Case.objects.filter(conversation=conversation).values_list("pk", flat=True))


def admit(reviewer: User, project: int) -> str:
    """The name under which they are seen there. Raises Refused when they may not watch it."""
    if not projects_of(reviewer).filter(pk=project).exists():
        raise Refused("not_found", "project")
    return reviewer.get_username()
