"""A second try, alone and at the end, of the few tests that failed beside others; it is told, and counted apart.

Only of tests with real processes and pages: there a busy machine may be what failed. Nothing is made green by it that
fails by itself, and what passed at the second try only stays on the list of what to mend.
"""

from __future__ import annotations

from chatsite.checks.counting import Outcome
from chatsite.checks.steps import PYTEST, Step

MOST = 5
"""With more than so many failures, it is not the machine."""
FOLDERS = ("tests/integration/", "tests/browser/")


def may_be_tried(outcomes: list[Outcome]) -> bool:
    """Whether all that failed are such tests, and few."""
    failed = [outcome for outcome in outcomes if outcome.failed]
    names = [name for outcome in failed for name in outcome.failing]
    is_known = all(outcome.failed == len(outcome.failing) for outcome in failed)
    return is_known and len(names) <= MOST and all(name.startswith(FOLDERS) for name in names)


def second(step: Step, outcome: Outcome) -> Step:
    """The failed tests of `step` alone."""
    return Step(f"{step.name}, second try", (*PYTEST, *outcome.failing), (), "pytest", step.environment)


def corrected(outcome: Outcome) -> Outcome:
    """What a second try adds to the count of the first."""
    return Outcome(outcome.passed, -outcome.passed, again=outcome.passed)
