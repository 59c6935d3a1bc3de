"""Assessing: on the scale, alone first, and final once two could compare."""

from __future__ import annotations

import pytest

from conversations.models import Assessment, Case, Project, User
from conversations.review.members import ReviewRefused
from conversations.review.rubric import assess, is_in_use, sheet_of


@pytest.fixture
def case(project: Project) -> Case:
    found = project.cases.first()
    assert found
    return found


def test_nobody_sees_anothers_values_before_their_own_are_full(case: Case, rita: User, paul: User) -> None:
    clarity, kind = case.project.criteria.all()
    assess(case, paul, {clarity.pk: 5, kind.pk: 2})
    assert sheet_of(case, rita).others == {}
    assert assess(case, rita, {clarity.pk: 2}).others == {}
    shown = assess(case, rita, {kind.pk: 1})
    assert shown.others == {paul: {clarity.pk: 5, kind.pk: 2}}
    assert shown.values == {clarity.pk: 2, kind.pk: 1}


def test_another_is_compared_only_when_done_too(case: Case, rita: User, paul: User) -> None:
    clarity, kind = case.project.criteria.all()
    assess(case, paul, {clarity.pk: 5})
    assert assess(case, rita, {clarity.pk: 2, kind.pk: 1}).others == {}
    assert not sheet_of(case, rita).is_final
    assess(case, rita, {clarity.pk: 3})
    assert sheet_of(case, rita).values[clarity.pk] == 3


def test_what_was_compared_is_final(case: Case, rita: User, paul: User) -> None:
    clarity, kind = case.project.criteria.all()
    for person in (rita, paul):
        assess(case, person, {clarity.pk: 2, kind.pk: 1})
    assess(case, rita, {clarity.pk: 2})
    for person in (rita, paul):
        with pytest.raises(ReviewRefused, match="final"):
            assess(case, person, {kind.pk: 2})
    assert set(Assessment.objects.filter(criterion=kind).values_list("value", flat=True)) == {1}


def test_who_assesses_a_new_case_begins_its_review(case: Case, rita: User) -> None:
    clarity, _kind = case.project.criteria.all()
    assess(case, rita, {clarity.pk: 2})
    assert case.status == Case.objects.get(pk=case.pk).status == "in_review"
    Case.objects.update(status="done")
    assess(case, rita, {clarity.pk: 3})
    assert Case.objects.get(pk=case.pk).status == "done"


@pytest.mark.parametrize("value", [0, 6, -1])
def test_a_value_off_the_scale_stores_nothing(case: Case, rita: User, value: int) -> None:
    clarity, kind = case.project.criteria.all()
    with pytest.raises(ReviewRefused, match="off_scale") as refused:
        assess(case, rita, {kind.pk: 1, clarity.pk: value})
    assert "from 1 to 5" in str(refused.value.words)
    assert not is_in_use(case.project)


def test_a_criterion_of_another_project_is_refused(case: Case, rita: User) -> None:
    other = Project.objects.create(name="Other")
    foreign = other.criteria.create(name="Foreign")
    with pytest.raises(ReviewRefused, match="unknown_criterion"):
        assess(case, rita, {foreign.pk: 1})
