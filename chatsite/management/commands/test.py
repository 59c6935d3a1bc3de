"""`manage.py test`: every check and every test, in their order, and one closing count."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from chatsite.catalogs import compile_catalogs
from chatsite.checks import browsers, servers, steps
from chatsite.checks.counting import Outcome, run
from chatsite.checks.packages import Missing
from chatsite.checks.steps import Step
from chatsite.checks.surroundings import surroundings
from chatsite.progress import step as progress


class Command(BaseCommand):
    """Run all steps, stopping at none. Arguments go to pytest instead, for daily work."""

    help = "Run every check and test. With arguments, run pytest with them: manage.py test -k name, or a path."
    requires_system_checks = []

    def run_from_argv(self, argv: list[str]) -> None:
        if argv[2:3] in (["-h"], ["--help"]):
            self.print_help(argv[0], argv[1])
            return
        outcomes = list(self.run_all(argv[2:]))
        passed, failed = sum(one.passed for one in outcomes), sum(one.failed for one in outcomes)
        print(f"\n{passed} passed, {failed} failed", flush=True)
        sys.exit(1 if failed or not passed else 0)

    def handle(self, *args: Any, **options: Any) -> None:
        self.run_from_argv(["manage.py", "test", *args])

    def run_all(self, arguments: list[str]) -> Iterator[Outcome]:
        """Each step's outcome, as it comes."""
        for locale in settings.LOCALE_PATHS:
            compile_catalogs(Path(locale))
        with tempfile.TemporaryDirectory(prefix="chatsite-test-") as folder:
            environment = {**surroundings(), "DATA_DIR": folder}
            if arguments:
                given = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
                yield run(Step("pytest", steps.PYTEST, tuple(arguments), "pytest"), {**given, "DATA_DIR": folder}, True)
                return
            for step in (*steps.checks(), *steps.quick_tests()):
                yield _shown(step, environment)
            yield from _side_by_side([*steps.unit_tests()], environment)
            yield from _with_processes(environment)
            yield from _in_the_browser(environment)


def _in_the_browser(environment: dict[str, str]) -> Iterator[Outcome]:
    try:
        with progress("find a browser"):
            browser = browsers.find_or_install()
    except Missing as missing:
        yield _missing(missing)
        browser = ""
    yield from _side_by_side([*steps.browser_tests(browser), steps.axe_tests(browser)], environment)


def _with_processes(environment: dict[str, str]) -> Iterator[Outcome]:
    """On our own database, and on servers, side by side."""
    try:
        with progress("find PostgreSQL and Redis"):
            servers.find_or_install()
        with servers.servers() as some, servers.servers() as others:
            together = [*steps.core_tests(some, others), *steps.integration_tests()]
            yield from _side_by_side(together, environment, at_once=3)
    except Missing as missing:
        yield _missing(missing)
        yield from _side_by_side([*steps.integration_tests()], environment, at_once=3)


def _shown(step: Step, environment: dict[str, str]) -> Outcome:
    with progress(step.name) as line:
        outcome = run(step, environment)
        line.ending = str(outcome)
    return _told(step, outcome)


def _side_by_side(together: Sequence[Step], environment: dict[str, str], at_once: int = 2) -> Iterator[Outcome]:
    with ExitStack() as folders, ThreadPoolExecutor(at_once) as pool:
        running = []
        for step in together:
            folder = folders.enter_context(tempfile.TemporaryDirectory(prefix="chatsite-test-"))
            running.append(pool.submit(run, step, {**environment, "DATA_DIR": folder}))
        for step, outcome in zip(together, running, strict=True):
            with progress(step.name) as line:
                line.ending = str(outcome.result())
            yield _told(step, outcome.result())


def _told(step: Step, outcome: Outcome) -> Outcome:
    if outcome.failed:
        print(f"\n$ {' '.join(step.command)}\n{outcome.output.rstrip()}\n", flush=True)
    return outcome


def _missing(missing: Missing) -> Outcome:
    print(f"\n{missing}\n", flush=True)
    return Outcome(0, 1)
