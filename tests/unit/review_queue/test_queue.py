"""The queue: what comes in, who gets what, and when something is done."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import Group
from django.db import connections

from conversations.models import Case, Conversation, Criterion, Project, Status, User
from conversations.review import rubric
from conversations.review.members import ReviewRefused, projects_of
from conversations.review.queue import (
    Enqueued,
    assign,
    cases_of,
    enqueue,
    figures,
    projects_to_fill,
    set_status,
    take,
    take_next,
)
from tests.unit.review_queue.conftest import conversation_of, reviewer


def full(project: Project, value: int = 1) -> dict[int, int]:
    return {criterion.pk: value for criterion in project.criteria.all()}


def test_each_conversation_comes_in_once(project: Project, rita: User, owner: User) -> None:
    Conversation.objects.bulk_create(Conversation(owner=owner) for _ in range(1200))
    assert enqueue(project, Conversation.objects.all(), by=rita) == Enqueued(added=1200, known=3)
    assert enqueue(project, Conversation.objects.all(), by=rita) == Enqueued(added=0, known=1203)
    assert Case.objects.filter(project=project).count() == 1203


def test_who_may_put_them_in(project: Project, owner: User) -> None:
    with pytest.raises(ReviewRefused, match="no_member"):
        enqueue(project, [], by=owner)
    manager = User.objects.create_user("mona", is_staff=True)
    manager.groups.add(Group.objects.get(name="Administrators"))
    assert enqueue(project, [conversation_of(owner)], by=manager).added == 1
    assert list(projects_to_fill(manager)) == [project]
    assert not projects_to_fill(reviewer("stranger"))


def test_a_closed_project_is_read_only(project: Project, rita: User) -> None:
    case = project.cases.get(conversation__title__contains="Letter 0")
    project.is_open = False
    project.save()
    case.refresh_from_db()
    values = full(project)
    for work in (
        lambda: take_next(project, rita),
        lambda: take(case, rita),
        lambda: set_status(case, Status.IN_REVIEW, rita),
        lambda: assign(case, rita, rita),
        lambda: rubric.assess(case, rita, values),
        lambda: enqueue(project, [], rita),
    ):
        with pytest.raises(ReviewRefused, match="project_closed"):
            work()
    assert list(projects_of(rita)) == [project]


def test_the_next_case_is_the_oldest_that_nobody_has(project: Project, rita: User, paul: User) -> None:
    first, second, third = project.cases.order_by("pk")
    assert take_next(project, rita) == first
    assert not take(first, paul)
    set_status(third, Status.FOLLOW_UP, paul)
    assert take_next(project, paul) == second
    assert take_next(project, paul) == third
    assert take_next(project, paul) is None
    states = project.cases.order_by("pk").values_list("status", "assignee")
    assert list(states) == [("in_review", rita.pk), ("in_review", paul.pk), ("follow_up", paul.pk)]


@pytest.mark.django_db(transaction=True)
def test_two_who_take_at_once_never_get_the_same(owner: User) -> None:
    people = [reviewer(name) for name in ("ann", "ben", "cleo", "dan")]
    project = Project.objects.create(name="Race")
    project.members.set(people)
    Conversation.objects.bulk_create(Conversation(owner=owner) for _ in range(20))
    enqueue(project, Conversation.objects.all(), by=people[0])

    def take_some(person: User) -> list[int]:
        try:
            taken = [take_next(project, person) for _ in range(6)]
        finally:
            connections.close_all()
        return [case.pk for case in taken if case]

    with ThreadPoolExecutor(4) as pool:
        taken = [pk for found in pool.map(take_some, people) for pk in found]
    assert len(taken) == len(set(taken)) == 20


def test_only_reviewers_of_the_project_are_given_cases(project: Project, rita: User, paul: User) -> None:
    case = project.cases.first()
    assert case
    assign(case, paul, by=rita)
    assert list(cases_of(project, paul, whose="mine")) == [case]
    assert cases_of(project, rita, whose=str(paul.pk)).get() == case
    with pytest.raises(ReviewRefused, match="no_reviewer"):
        assign(case, reviewer("stranger"), by=rita)
    assign(case, None, by=rita)
    assert cases_of(project, rita, whose="unassigned").count() == 3


def test_done_needs_the_closers_own_assessment(project: Project, rita: User, paul: User) -> None:
    case = project.cases.first()
    assert case
    clarity, kind = project.criteria.all()
    rubric.assess(case, rita, {clarity.pk: 4})
    with pytest.raises(ReviewRefused, match="assessment_missing") as refused:
        set_status(case, Status.DONE, rita)
    assert "Kind" in str(refused.value.words)
    assert "Clarity" not in str(refused.value.words)
    rubric.assess(case, rita, {kind.pk: 1})
    with pytest.raises(ReviewRefused, match="assessment_missing"):
        set_status(case, Status.DONE, paul)
    set_status(case, Status.DONE, rita)
    assert figures(project) == {Status.NEW: 2, Status.IN_REVIEW: 0, Status.FOLLOW_UP: 0, Status.DONE: 1}
    with pytest.raises(ReviewRefused, match="unknown_status"):
        set_status(case, "gone", rita)


def test_without_a_rubric_it_is_just_done(project: Project, rita: User) -> None:
    Criterion.objects.all().delete()
    case = project.cases.first()
    assert case
    set_status(case, Status.DONE, rita)
    assert cases_of(project, rita, status="done").get() == case


def test_what_one_has_not_assessed_is_found(project: Project, rita: User, paul: User) -> None:
    first, second, third = project.cases.order_by("pk")
    rubric.assess(first, rita, full(project))
    rubric.assess(second, rita, dict([*full(project).items()][:1]))
    assert list(cases_of(project, rita, whose="unassessed")) == [second, third]
    assert list(cases_of(project, paul, whose="unassessed")) == [first, second, third]
    assert rubric.assessed_counts([first, second, third], project) == {first.pk: 1}


def test_each_change_is_counted(project: Project, rita: User) -> None:
    case = project.cases.order_by("pk").last()
    assert case
    seen = [case.version]
    for change in (
        lambda: assign(case, rita, rita),
        lambda: set_status(case, Status.IN_REVIEW, rita),
        lambda: rubric.assess(case, rita, full(project)),
    ):
        change()
        seen.append(Case.objects.get(pk=case.pk).version)
    assert seen == sorted(set(seen))


@pytest.mark.sqlite
def test_the_queue_is_read_by_its_index(project: Project, rita: User) -> None:
    plan = cases_of(project, rita, status="new").explain()
    assert "case_queue" in plan
    assert "SCAN" not in plan
