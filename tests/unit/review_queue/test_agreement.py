"""Kappa: as published, as counted by brute force, and said plainly where there is none."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.models import Project, User
from conversations.review.agreement import agreement_in, kappa
from conversations.review.rubric import assess

SCALE = range(1, 5)
values = st.lists(st.tuples(st.sampled_from(SCALE), st.sampled_from(SCALE)), max_size=30)


def of_table(table: list[list[int]]) -> list[tuple[int, int]]:
    """Pairs from a table of counts, first reviewer down, second across."""
    return [
        (row, column) for row, counts in enumerate(table) for column, times in enumerate(counts) for _ in range(times)
    ]


@pytest.mark.parametrize(
    ("table", "observed", "expected", "value"),
    [
        # Wikipedia, "Cohen's kappa": 50 grant proposals; and the two tables of 100 with equal observed agreement.
        ([[20, 5], [10, 15]], 0.7, 0.5, 0.4),
        ([[45, 15], [25, 15]], 0.6, 0.54, 0.1304),
        ([[25, 35], [5, 35]], 0.6, 0.46, 0.2593),
        # Cohen 1960: 200 diagnoses by two clinicians.
        ([[88, 14, 18], [10, 40, 10], [2, 6, 12]], 0.7, 0.41, 0.4915),
    ],
)
def test_published_examples(table: list[list[int]], observed: float, expected: float, value: float) -> None:
    found = kappa(of_table(table), range(len(table)))
    assert found.n == sum(map(sum, table))
    assert (found.observed, found.expected, found.value) == pytest.approx((observed, expected, value), abs=5e-4)


def test_published_linear_weights() -> None:
    # Hout et al. 1987, answers of 91 couples, as computed by R's vcd (`Kappa(SexualFun)`): .1293, linear .2374.
    pairs = of_table([[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]])
    assert kappa(pairs, range(4)).value == pytest.approx(0.1293, abs=5e-5)
    assert kappa(pairs, range(4), weighted=True).value == pytest.approx(0.2374, abs=5e-5)


def by_brute_force(pairs: list[tuple[int, int]], weighted: bool) -> Fraction | None:
    """Every value of the one against every value of the other is what chance would give."""

    def near(a: int, b: int) -> Fraction:
        return 1 - Fraction(abs(a - b), 3) if weighted else Fraction(int(a == b))

    n = len(pairs)
    observed = sum((near(*pair) for pair in pairs), Fraction()) / n
    expected = sum((near(a, b) for (a, _), (_, b) in product(pairs, pairs)), Fraction()) / n**2
    return None if expected == 1 else (observed - expected) / (1 - expected)


@given(values, st.booleans())
def test_it_is_what_brute_force_counts(pairs: list[tuple[int, int]], weighted: bool) -> None:
    found = kappa(pairs, SCALE, weighted=weighted)
    if not pairs:
        assert (found.n, found.value, found.why) == (0, None, "no_case")
        return
    exact = by_brute_force(pairs, weighted)
    if exact is None:
        assert (found.value, found.why) == (None, "no_variance")
    else:
        assert found.value == pytest.approx(float(exact), abs=1e-9)


@given(values)
def test_it_does_not_matter_who_is_first(pairs: list[tuple[int, int]]) -> None:
    turned = [(b, a) for a, b in pairs]
    for weighted in (False, True):
        one, other = (kappa(each, SCALE, weighted=weighted).value for each in (pairs, turned))
        assert one == other or one == pytest.approx(other)


def test_two_steps_weigh_nothing() -> None:
    pairs = of_table([[20, 5], [10, 15]])
    assert kappa(pairs, range(2), weighted=True) == kappa(pairs, range(2))


def test_only_cases_that_both_assessed_in_full_count(project: Project, rita: User, paul: User) -> None:
    clarity, kind = project.criteria.all()
    first, second, third = project.cases.order_by("pk")
    for case, values_of_rita, values_of_paul in ((first, (4, 1), (5, 1)), (second, (2, 2), (2, 1))):
        assess(case, rita, dict(zip((clarity.pk, kind.pk), values_of_rita, strict=True)))
        assess(case, paul, dict(zip((clarity.pk, kind.pk), values_of_paul, strict=True)))
    assess(third, rita, {clarity.pk: 1, kind.pk: 1})
    assess(third, paul, {clarity.pk: 1})
    by_clarity, by_kind = agreement_in(project)
    (row,) = by_clarity.rows
    assert (row.first, row.second, row.plain.n) == (paul, rita, 2)
    assert row.plain.observed == 0.5
    assert row.weighted.observed == pytest.approx(0.875)
    assert by_kind.rows[0].plain.observed == 0.5
    assert by_kind.rows[0].plain.value == by_kind.mean == 0.0


def test_the_mean_leaves_out_pairs_without_a_kappa(project: Project, rita: User, paul: User) -> None:
    anna = User.objects.create_user("anna", is_staff=True)
    anna.groups.set(rita.groups.all())
    project.members.add(anna)
    clarity, kind = project.criteria.all()
    for case, (mine, his) in zip(project.cases.order_by("pk"), ((1, 1), (2, 2), (3, 3)), strict=True):
        assess(case, rita, {clarity.pk: mine, kind.pk: 1})
        assess(case, paul, {clarity.pk: his, kind.pk: 1})
    assess(project.cases.order_by("pk")[0], anna, {clarity.pk: 1, kind.pk: 1})
    by_clarity, by_kind = agreement_in(project)
    assert [row.plain.why for row in by_clarity.rows] == ["no_variance", "no_variance", ""]
    assert by_clarity.mean == by_clarity.weighted_mean == 1.0
    assert by_kind.mean is None
