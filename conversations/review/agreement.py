"""How far reviewers agree beyond chance: Cohen's kappa per criterion and pair.

    kappa = (observed - expected) / (1 - expected)

`observed` is the share of cases (weighted: the mean nearness) on which the two agree, `expected` what two would reach
who give their values independently, each as often as these do. Weighted, two values on a scale of k steps that lie d
steps apart agree by 1 - d/(k - 1) (linear weights); unweighted they agree when they are the same, or not at all.
Without a case that both assessed, and where chance alone would agree always, there is no kappa.

Of more than two reviewers the mean of the pairs' kappas is given (Light 1971): it needs no case that all assessed.
Sources: Cohen 1960, Educational and Psychological Measurement 20:37-46; Cohen 1968, Psychological Bulletin 70:213-220.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

from conversations.models import Assessment, Criterion, Project, User
from conversations.review.rubric import Values

Pair = tuple[int, int]
"""Two reviewers' values for one case."""


@dataclass(frozen=True, slots=True)
class Kappa:
    """The agreement of two on `n` cases. `why` is `no_case` or `no_variance` where there is no `value`."""

    n: int
    observed: float | None
    expected: float | None
    value: float | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Two reviewers by one criterion: as categories, and as steps of a scale."""

    first: User
    second: User
    plain: Kappa
    weighted: Kappa


@dataclass(frozen=True, slots=True)
class Table:
    """A criterion with its pairs, and the means of those that have a kappa."""

    criterion: Criterion
    rows: list[Row]

    @property
    def mean(self) -> float | None:
        """Unweighted."""
        return _mean(row.plain.value for row in self.rows)

    @property
    def weighted_mean(self) -> float | None:
        """With linear weights."""
        return _mean(row.weighted.value for row in self.rows)


def kappa(pairs: Sequence[Pair], scale: Sequence[int], *, weighted: bool = False) -> Kappa:
    """Cohen's kappa of two reviewers who gave `pairs` of values on `scale`."""
    n = len(pairs)
    if not n:
        return Kappa(0, None, None, None, "no_case")
    widest = max(len(scale) - 1, 1)

    def nearness(one: int, other: int) -> float:
        return 1 - abs(one - other) / widest if weighted else float(one == other)

    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    observed = sum(nearness(*pair) * times for pair, times in Counter(pairs).items()) / n
    # Summed as whole numbers first, so that certain agreement by chance is exactly 1.
    chance = sum(nearness(one, other) * times * many for one, times in first.items() for other, many in second.items())
    expected = chance / n**2
    if len(first) == 1 and first == second:
        return Kappa(n, observed, expected, None, "no_variance")
    return Kappa(n, observed, expected, (observed - expected) / (1 - expected))


def agreement_in(project: Project) -> list[Table]:
    """Each criterion with every pair of reviewers who assessed in it, on the cases that both assessed in full."""
    criteria = list(project.criteria.all())
    given: dict[User, dict[int, Values]] = defaultdict(lambda: defaultdict(dict))
    rows = Assessment.objects.filter(criterion__project=project).order_by("reviewer__username", "case")
    people = User.objects.in_bulk(list(rows.order_by().values_list("reviewer", flat=True).distinct()))
    for reviewer, case, criterion, value in rows.values_list("reviewer", "case", "criterion", "value"):
        given[people[reviewer]][case][criterion] = value
    # Who has not given all may still change their values, and must not read another's out of the figures.
    full = {
        reviewer: {case: values for case, values in cases.items() if len(values) == len(criteria)}
        for reviewer, cases in given.items()
    }
    return [Table(criterion, _rows(full, criterion)) for criterion in criteria]


def _rows(full: dict[User, dict[int, Values]], criterion: Criterion) -> list[Row]:
    return [_row(first, second, full, criterion) for first, second in combinations(full, 2)]


def _row(first: User, second: User, full: dict[User, dict[int, Values]], criterion: Criterion) -> Row:
    shared = sorted(full[first].keys() & full[second].keys())
    pairs = [(full[first][case][criterion.pk], full[second][case][criterion.pk]) for case in shared]
    plain, weighted = (kappa(pairs, criterion.scale, weighted=how) for how in (False, True))
    return Row(first, second, plain, weighted)


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None
