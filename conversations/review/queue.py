"""The queue of a review project: what is in it, whose it is, and how far it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from conversations.models import Case, Conversation, Project, Status, User
from conversations.review.members import REVIEW, SET_UP, ReviewRefused, require_work, works_in
from conversations.review.rubric import fully_assessed_by, missing
from conversations.review.watching import changed

CHUNK = 500
MINE, UNASSIGNED, UNASSESSED = "mine", "unassigned", "unassessed"


@dataclass(frozen=True, slots=True)
class Enqueued:
    """How many conversations are new in the project, and how many were there already."""

    added: int
    known: int


def may_enqueue(user: User, project: Project) -> bool:
    """Whether `user` may put conversations into the project: as its reviewer, or as one who sets projects up."""
    return project.is_open and (works_in(user, project) or (user.has_perm(REVIEW) and user.has_perm(SET_UP)))


def projects_to_fill(user: User) -> QuerySet[Project]:
    """The projects for which `may_enqueue` holds."""
    if not user.has_perm(REVIEW):
        return Project.objects.none()
    found = Project.objects.filter(is_open=True)
    return found if user.has_perm(SET_UP) else found.filter(members=user)


def enqueue(project: Project, conversations: Iterable[Conversation] | QuerySet[Conversation], by: User) -> Enqueued:
    """Put conversations into the queue, in chunks: any number, each once. Raises ReviewRefused."""
    if not may_enqueue(by, project):
        require_work(by, project)
    ids: Iterable[UUID]
    if isinstance(conversations, QuerySet):
        ids = conversations.values_list("pk", flat=True).iterator(CHUNK)
    else:
        ids = (conversation.pk for conversation in conversations)
    added = seen = 0
    numbers = iter(ids)
    while chunk := list(dict.fromkeys(islice(numbers, CHUNK))):
        seen += len(chunk)
        added += _add(project, chunk)
    return Enqueued(added, seen - added)


def _add(project: Project, ids: list[UUID]) -> int:
    with transaction.atomic():
        known = set(
            Case.objects.filter(project=project, conversation__in=ids).values_list("conversation_id", flat=True)
        )
        made = [Case(project=project, conversation_id=pk) for pk in ids if pk not in known]
        Case.objects.bulk_create(made, ignore_conflicts=True)  # somebody else may add the same in this moment
        first = Case.objects.filter(project=project, conversation__in=[case.conversation_id for case in made[:1]])
        changed(*first.values_list("pk", flat=True))
    return len(made)


def cases_of(project: Project, viewer: User, status: str = "", whose: str = "") -> QuerySet[Case]:
    """The cases with this status, of `whose` (MINE, UNASSIGNED, UNASSESSED by the viewer, or a reviewer's number)."""
    found = Case.objects.filter(project=project).order_by("pk")
    if status in Status.values:
        found = found.filter(status=status)
    match whose:
        case "mine":
            return found.filter(assignee=viewer)
        case "unassigned":
            return found.filter(assignee=None)
        case "unassessed":
            return found.exclude(fully_assessed_by(project, viewer))
    return found.filter(assignee=int(whose)) if whose.isdecimal() and len(whose) < 19 else found


def figures(project: Project) -> dict[Status, int]:
    """How many cases have each status."""
    counted = Case.objects.filter(project=project).order_by().values_list("status").annotate(Count("pk"))
    found = dict(counted)
    return {status: found.get(status.value, 0) for status in Status}


def take_next(project: Project, reviewer: User) -> Case | None:
    """Give `reviewer` the oldest case that nobody has, and nobody else the same; None when all are taken.

    Raises ReviewRefused.
    """
    require_work(reviewer, project)
    waiting = Case.objects.filter(project=project, assignee=None).exclude(status=Status.DONE).order_by("pk")
    while (found := waiting.first()) is not None:
        if take(found, reviewer):
            return found
    return None


def take(case: Case, reviewer: User) -> bool:
    """Give `reviewer` a case that nobody has; False when somebody was faster. Raises ReviewRefused."""
    require_work(reviewer, case.project)
    with transaction.atomic():
        if not Case.objects.filter(pk=case.pk, assignee=None).update(assignee=reviewer):
            return False
        Case.objects.filter(pk=case.pk, status=Status.NEW).update(status=Status.IN_REVIEW)
        changed(case.pk)
    case.refresh_from_db()
    return True


def assign(case: Case, assignee: User | None, by: User) -> None:
    """Give the case to a reviewer of the project, or to nobody. Raises ReviewRefused."""
    require_work(by, case.project)
    if assignee is not None and not works_in(assignee, case.project):
        raise ReviewRefused("no_reviewer", _("Only reviewers of the project can have its cases."))
    case.assignee = assignee
    with transaction.atomic():
        case.save(update_fields=["assignee"])
        changed(case.pk)


def set_status(case: Case, status: str, by: User) -> None:
    """Say how far the case is. Only who has assessed it in full can call it done. Raises ReviewRefused."""
    require_work(by, case.project)
    if status not in Status.values:
        raise ReviewRefused("unknown_status", _("Choose one of the statuses."))
    if status == Status.DONE and (left := missing(case, by)):
        names = ", ".join(criterion.name for criterion in left)
        words = _("Before it is done, give your assessment in full. Missing: %(criteria)s.") % {"criteria": names}
        raise ReviewRefused("assessment_missing", words)
    case.status = status
    with transaction.atomic():
        case.save(update_fields=["status"])
        changed(case.pk)
