"""Assessing a case by the project's rubric: each reviewer alone first, then side by side.

Values that were given after looking at somebody else's measure nothing (kappa). So nobody sees another's before their
own are given in full; and once two have given theirs in full, those stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from conversations.models import Assessment, Case, Criterion, Project, Status, User
from conversations.review.members import ReviewRefused, require_work
from conversations.review.watching import changed

Values = dict[int, int]
"""Criterion to value."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A reviewer's values for a case; `others` are those of the reviewers who are done, once this one is, too."""

    criteria: list[Criterion]
    values: Values
    others: dict[User, Values]
    is_final: bool

    @property
    def missing(self) -> list[Criterion]:
        """What is left to assess."""
        return [criterion for criterion in self.criteria if criterion.pk not in self.values]

    @property
    def is_full(self) -> bool:
        """Whether nothing is left; without criteria there is nothing to compare."""
        return bool(self.criteria) and not self.missing


def is_in_use(project: Project) -> bool:
    """Whether anybody has assessed by the rubric: then it stays as it is."""
    return Assessment.objects.filter(criterion__project=project).exists()


def sheet_of(case: Case, reviewer: User) -> Sheet:
    """What `reviewer` may see of the assessments of the case."""
    criteria = list(case.project.criteria.all())
    given: dict[User, Values] = {}
    for one in Assessment.objects.filter(case=case).select_related("reviewer").order_by("pk"):
        given.setdefault(one.reviewer, {})[one.criterion_id] = one.value
    own = given.pop(reviewer, {})
    full = {other: values for other, values in given.items() if len(values) == len(criteria)}
    is_full = bool(criteria) and len(own) == len(criteria)
    return Sheet(criteria, own, full if is_full else {}, is_final=is_full and bool(full))


def values_of(cases: Iterable[Case], reviewer: User) -> dict[int, Values]:
    """What `reviewer` gave to each of the cases, by its number."""
    found: dict[int, Values] = {}
    for one in Assessment.objects.filter(case__in=cases, reviewer=reviewer):
        found.setdefault(one.case_id, {})[one.criterion_id] = one.value
    return found


def missing(case: Case, reviewer: User) -> list[Criterion]:
    """The criteria that `reviewer` has not assessed the case by."""
    given = Assessment.objects.filter(case=case, reviewer=reviewer).values("criterion")
    return list(case.project.criteria.exclude(pk__in=given))


def assess(case: Case, reviewer: User, values: Mapping[int, int]) -> Sheet:
    """Store `values`, some or all of the criteria; what was given before and is not named stays.

    A case that was new is in review from then on.
    Raises ReviewRefused for a value off the scale, a foreign criterion, and values that are final.
    """
    require_work(reviewer, case.project)
    with transaction.atomic():
        # Two who finish at once: the lock decides whose values are final for the other.
        Case.objects.select_for_update().get(pk=case.pk)
        before = sheet_of(case, reviewer)
        _check(before, values)
        for criterion, value in values.items():
            Assessment.objects.update_or_create(
                case=case,
                criterion_id=criterion,
                reviewer=reviewer,
                defaults={"value": value, "updated_at": timezone.now()},
            )
        if Case.objects.filter(pk=case.pk, status=Status.NEW).update(status=Status.IN_REVIEW):
            case.status = Status.IN_REVIEW
        changed(case.pk)
    return sheet_of(case, reviewer)


def _check(before: Sheet, values: Mapping[int, int]) -> None:
    known = {criterion.pk: criterion for criterion in before.criteria}
    for number, value in values.items():
        criterion = known.get(number)
        if criterion is None:
            raise ReviewRefused("unknown_criterion", _("The rubric has changed. Load the page again."))
        if value not in criterion.scale:
            words = _("%(criterion)s: choose a value from %(lowest)d to %(highest)d.")
            place = {"criterion": criterion.name, "lowest": criterion.lowest, "highest": criterion.highest}
            raise ReviewRefused("off_scale", words % place)
        if before.is_final and before.values[number] != value:
            words = _("Your assessment is final: you have seen that of another reviewer, and they yours.")
            raise ReviewRefused("final", words)


def fully_assessed_by(project: Project, reviewer: User) -> Q:
    """The cases of the project that `reviewer` has assessed in full, as a condition."""
    total = project.criteria.count()
    if not total:
        return Q(pk__in=())
    full = _full(project, total).filter(reviewer=reviewer, case=OuterRef("pk"))
    return Q(Exists(full))


def assessed_counts(cases: QuerySet[Case] | list[Case], project: Project) -> dict[int, int]:
    """How many reviewers have assessed each of the cases in full."""
    counts: dict[int, int] = {}
    for case, _reviewer in (
        _full(project, project.criteria.count()).filter(case__in=cases).values_list("case", "reviewer")
    ):
        counts[case] = counts.get(case, 0) + 1
    return counts


def _full(project: Project, total: int) -> QuerySet[Assessment, Any]:
    given = Assessment.objects.filter(criterion__project=project).order_by()
    return given.values("case", "reviewer").annotate(given=Count("pk")).filter(given=total)
