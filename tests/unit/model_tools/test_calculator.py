"""The calculator computes arithmetic, exactly and within bounds, and nothing else."""

from __future__ import annotations

import contextlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.tools.base import ToolError
from conversations.tools.calculator import LONGEST, MOST_DIGITS, calculate

wholes = st.integers(-(10**12), 10**12)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("2 + 3 * 4", "14"),
        ("0.1 + 0.2", "0.3"),
        ("10 / 4", "2.5"),
        ("10 / 5", "2"),
        ("2^10", "1024"),
        ("6 × 7 ÷ 2 − 1", "20"),
        ("-7 // 2", "-4"),
        ("-7.5 % 2", "0.5"),
        ("sqrt(2) ** 2 < 3", None),
        ("round(2.675, 2)", "2.68"),
        ("round(1234, -2)", "1200"),
        ("factorial(20)", "2432902008176640000"),
        ("gcd(84, 36)", "12"),
        ("floor(2.9) + ceil(2.1)", "5"),
        ("max(1, 2.5, min(9, 3))", "3"),
        ("degrees(pi)", "180"),
        ("2 ** 0.5", "1.414213562373095048801688724209698"),
        ("2 ** -3", "0.125"),
        ("10 ** 30 + 1", "1" + "0" * 29 + "1"),
    ],
)
def test_it_computes(expression: str, value: str | None) -> None:
    if value is None:
        with pytest.raises(ToolError):
            calculate(expression)
    else:
        assert calculate(expression) == value


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("1 / 0", "Division by zero"),
        ("1.5 % 0", "Division by zero"),
        ("9 ** 9 ** 9", "digits"),
        ("factorial(10 ** 6)", "factorial"),
        ("10.0 ** 5000", "digits"),
        ("exp(10 ** 9)", "digits"),
        ("round(1.5, 10 ** 9)", "outside"),
        ("ln(-1)", "outside"),
        ("__import__('os').system('true')", "Only numbers"),
        ("open('/etc/passwd')", "not known"),
        ("().__class__", "Only numbers"),
        ("[x for x in (1, 2)]", "Only numbers"),
        ("(lambda: 1)()", "Only numbers"),
        ("True + 1", "Only numbers"),
        ("'a' * 3", "Only numbers"),
        ("max(*(1, 2))", "Only numbers"),
        ("min()", "outside"),
        ("two + 2", "not known"),
        ("1,000 + 1", "Only numbers"),
        ("", "not an arithmetic"),
        ("(" * 900 + "1", "not an arithmetic"),
        ("-" * 900 + "1", "nested"),
        ("1" * (LONGEST + 1), "longer"),
        ("1e99999", "not a number"),
    ],
)
def test_it_says_why_it_does_not_compute(expression: str, words: str) -> None:
    with pytest.raises(ToolError) as failed:
        calculate(expression)
    assert words in str(failed.value)


@given(wholes, wholes, st.sampled_from("+-*"))
def test_whole_numbers_are_exact(left: int, right: int, sign: str) -> None:
    exact = {"+": left + right, "-": left - right, "*": left * right}[sign]
    assert calculate(f"({left}) {sign} ({right})") == str(exact)


@given(wholes, wholes.filter(bool))
def test_division_is_right_to_thirty_digits(above: int, below: int) -> None:
    found = Fraction(calculate(f"({above}) / ({below})"))
    exact = Fraction(above, below)
    assert abs(found - exact) <= abs(exact) * Fraction(1, 10**30)


expressions = st.recursive(
    st.one_of(
        wholes.map(str), st.floats(allow_nan=False, allow_infinity=False).map(repr), st.sampled_from(["pi", "e"])
    ),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "//", "%", "**"]), inner).map(
            lambda parts: f"({parts[0]}){parts[1]}({parts[2]})"
        ),
        st.tuples(st.sampled_from(["sqrt", "ln", "exp", "round", "factorial", "sin", "floor", "abs"]), inner).map(
            lambda parts: f"{parts[0]}({parts[1]})"
        ),
    ),
    max_leaves=12,
)


@given(st.one_of(expressions, st.text(max_size=60)))
def test_any_expression_ends_in_a_bounded_number_or_in_words(expression: str) -> None:
    with contextlib.suppress(ToolError):
        assert len(calculate(expression)) <= MOST_DIGITS + 40
