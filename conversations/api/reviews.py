"""Review for programs: one's projects, their cases with status and assignee, and one's own assessments.

Texts of conversations are read in the admin, where a reason is asked for. In a blind project a case has a pseudonym in
place of its title, and no id of the conversation.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Path, Query, Router
from pydantic import BaseModel, ConfigDict, Field

from conversations.api.access import needs, user_of
from conversations.api.lookups import there
from conversations.api.problems import Conflict
from conversations.models import Case, Project, User
from conversations.models import Status as CaseStatus
from conversations.models.token import Scope
from conversations.review import queue, rubric
from conversations.review.blinding import people_in
from conversations.review.members import ReviewRefused, projects_of
from conversations.review.people import People

PAGE = 100
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]

router = Router(tags=["reviews"], auth=needs(Scope.REVIEW))


class CriterionEntry(BaseModel):
    """A question of the rubric; values go from `lowest` to `highest`, and `words` names each or none."""

    id: int
    name: str
    question: str
    lowest: int
    highest: int
    words: list[str]


class ProjectEntry(BaseModel):
    """A project; `counts` is how many cases have each status."""

    id: int
    name: str
    description: str
    is_blind: bool
    is_open: bool
    criteria: list[CriterionEntry]
    counts: dict[str, int]


class ProjectList(BaseModel):
    """All of one's own."""

    items: list[ProjectEntry]


class CaseEntry(BaseModel):
    """A conversation in a project's queue. `conversation` is null where you are blind; `assessment` is one's own."""

    id: int
    project: int
    conversation: UUID | None
    title: str
    status: CaseStatus
    assignee: str | None
    updated_at: datetime
    assessment: dict[int, int]


class CaseList(BaseModel):
    """A page; `next` is the `after` of the page that follows."""

    items: list[CaseEntry]
    next: int | None


class CaseChange(BaseModel):
    """What is named is changed. `assignee` is a username of a reviewer of the project, or null for nobody."""

    model_config = ConfigDict(extra="forbid")

    status: CaseStatus | None = None
    assignee: str | None = Field(default=None, max_length=150)
    assessment: dict[int, int] = Field(default_factory=dict, max_length=100, description="criterion id to value")


@router.get("/projects", response={200: ProjectList}, operation_id="listProjects", summary="List your review projects")
def list_projects(request: HttpRequest) -> ProjectList:
    """Those that you review in, or set up."""
    found = projects_of(user_of(request)).prefetch_related("criteria")
    return ProjectList(items=[_project(project) for project in found])


@router.get(
    "/projects/{project}/cases",
    response={200: CaseList},
    operation_id="listCases",
    summary="List the cases of a project",
)
def list_cases(
    request: HttpRequest,
    project: Number,
    status: CaseStatus | None = None,
    after: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE,
) -> CaseList:
    """In the order in which they came."""
    user = user_of(request)
    found = there(projects_of(user).filter(pk=project).first())
    rows = queue.cases_of(found, user, status or "").filter(pk__gt=after).select_related("conversation", "assignee")
    cases = list(rows[: limit + 1])
    items = _entries(cases[:limit], found, user)
    return CaseList(items=items, next=items[-1].id if len(cases) > limit else None)


@router.patch(
    "/cases/{case}",
    response={200: CaseEntry},
    operation_id="changeCase",
    summary="Assess a case, assign it, or say how far it is",
)
def change_case(request: HttpRequest, case: Number, body: CaseChange) -> CaseEntry:
    """In this order, so that one call can assess a case and close it. A refusal is a 409 with its reason."""
    user = user_of(request)
    rows = Case.objects.filter(pk=case, project__in=projects_of(user))
    found = there(rows.select_related("project", "conversation", "assignee").first())
    try:
        if body.assessment:
            rubric.assess(found, user, body.assessment)
        if "assignee" in body.model_fields_set:
            queue.assign(found, _reviewer(found.project, body.assignee), user)
        if body.status is not None:
            queue.set_status(found, body.status, user)
    except ReviewRefused as refusal:
        raise Conflict(refusal.code, str(refusal.words)) from None
    found.refresh_from_db()
    (entry,) = _entries([found], found.project, user)
    return entry


def _reviewer(project: Project, name: str | None) -> User | None:
    if name is None:
        return None
    found = project.members.filter(username=name).first()
    if found is None:
        raise Conflict("no_reviewer", "Only reviewers of the project can have its cases.")
    return found


def _project(project: Project) -> ProjectEntry:
    return ProjectEntry(
        id=project.pk,
        name=project.name,
        description=project.description,
        is_blind=project.is_blind,
        is_open=project.is_open,
        criteria=[
            CriterionEntry(
                id=each.pk,
                name=each.name,
                question=each.question,
                lowest=each.lowest,
                highest=each.highest,
                words=[str(word) for word in each.words],
            )
            for each in project.criteria.all()
        ],
        counts={status.value: count for status, count in queue.figures(project).items()},
    )


def _entries(cases: list[Case], project: Project, viewer: User) -> list[CaseEntry]:
    people = people_in(viewer, [case.conversation for case in cases], project)
    given = rubric.values_of(cases, viewer)
    return [_entry(case, people[case.conversation_id], given.get(case.pk, {})) for case in cases]


def _entry(case: Case, people: People, assessment: rubric.Values) -> CaseEntry:
    return CaseEntry(
        id=case.pk,
        project=case.project_id,
        conversation=None if people.is_blind else case.conversation_id,
        title=people.title(case.conversation),
        status=CaseStatus(case.status),
        assignee=case.assignee.get_username() if case.assignee else None,
        updated_at=case.updated_at,
        assessment=assessment,
    )
