"""`manage.py test`: every check and every test, in their order, and one closing count."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from chatsite.catalogs import compile_catalogs
from chatsite.checks import browsers, servers, steps
from chatsite.checks.again import corrected
from chatsite.checks.counting import Outcome, brief, run
from chatsite.checks.lanes import Lanes
from chatsite.checks.packages import Missing
from chatsite.checks.steps import PYTEST, Step
from chatsite.checks.surroundings import surroundings
from chatsite.progress import step as progress

NOT_GIVEN = {"DJANGO_SETTINGS_MODULE", "PYTHONDONTWRITEBYTECODE"}  # the reasons are in `surroundings`
STORES = ("usual", "servers")


class Command(BaseCommand):
    """Run all steps, stopping at none. Arguments go to pytest instead, for daily work.

    The steps have the tests on SQLite and on PostgreSQL with Redis, what is asked for by arguments runs on SQLite; with
    `--stores servers` either runs on PostgreSQL and Redis only, and there with all tests in a browser.
    """

    help = (
        "Run every check and test; with --stores servers, those on PostgreSQL and Redis alone. "
        "With other arguments, run pytest with them: manage.py test -k name, or a path."
    )
    requires_system_checks = []

    def run_from_argv(self, argv: list[str]) -> None:
        if argv[2:3] in (["-h"], ["--help"]):
            self.print_help(argv[0], argv[1])
            return
        parser = argparse.ArgumentParser(f"{argv[0]} {argv[1]}", add_help=False, allow_abbrev=False)
        parser.add_argument("--stores", choices=STORES, default=STORES[0])
        given, arguments = parser.parse_known_args(argv[2:])
        outcomes = list(self.run_all(arguments, given.stores))
        passed, failed = sum(one.passed for one in outcomes), sum(one.failed for one in outcomes)
        again = sum(one.again for one in outcomes)
        print(f"\n{passed} passed, {failed} failed" + (f", {again} at a second try" if again else ""), flush=True)
        sys.exit(1 if failed or not passed else 0)

    def handle(self, *args: Any, **options: Any) -> None:
        self.run_from_argv(["manage.py", "test", *args])

    def run_all(self, arguments: list[str], stores: str = STORES[0]) -> Iterator[Outcome]:
        """Each step's outcome, as it comes."""
        for locale in settings.LOCALE_PATHS:
            compile_catalogs(Path(locale))
        with tempfile.TemporaryDirectory(prefix="chatsite-test-") as folder:
            environment = {**surroundings(), "DATA_DIR": folder}
            if arguments:
                yield from _of_pytest(arguments, stores, folder)
                return
            yield from (_on_servers if stores == "servers" else _everything)(environment)


def _of_pytest(arguments: list[str], stores: str, folder: str) -> Iterator[Outcome]:
    given = {name: value for name, value in os.environ.items() if name not in NOT_GIVEN}
    step = Step("pytest", steps.PYTEST, tuple(arguments), "pytest")
    if stores != "servers":
        yield run(step, {**given, "DATA_DIR": folder}, True)
        return
    try:
        servers.find_or_install()
    except Missing as missing:
        yield _missing(missing)
        return
    away = Step(step.name, (*step.command, "-m", "not sqlite"), step.files, step.counts)
    yield _on_its_own_servers(away, {**given, "DATA_DIR": folder}, show=True)


def _everything(environment: dict[str, str]) -> Iterator[Outcome]:
    """What has to be installed for later steps comes while the first of them run."""
    with ExitStack() as running:
        lanes = running.enter_context(Lanes(environment))
        installer = running.enter_context(ThreadPoolExecutor(1))  # Debian's own serves one at a time
        both, browser = installer.submit(servers.find_or_install), installer.submit(browsers.find_or_install)
        lanes.queue((*steps.checks(), *steps.quick_tests(), *steps.unit_tests()))
        has_servers = True
        try:
            with progress("find PostgreSQL and Redis"):
                both.result()
        except Missing as missing:
            has_servers = False
            yield _missing(missing)
        program = yield from _found(browser)
        lanes.queue((*steps.browser_tests(program), *steps.integration_tests()))
        if has_servers:
            lanes.queue((*steps.browser_on_servers(program), *steps.on_servers()), _on_its_own_servers)
        lanes.queue([steps.axe_tests(program)])
        yield from _all_of(lanes)


def _all_of(lanes: Lanes) -> Iterator[Outcome]:
    for step, outcome in lanes:
        yield _shown(step, outcome)
    for step, outcome in lanes.second_tries():
        tried = _shown(step, outcome)
        if tried.passed:
            print(f"Failed beside others, passed alone: {', '.join(step.command[len(PYTEST) :])}", flush=True)
        yield corrected(tried)


def _found(browser: Future[str]) -> Generator[Outcome, None, str]:
    """The program, after a failed outcome where there is none."""
    try:
        with progress("find a browser"):
            return browser.result()
    except Missing as missing:
        yield _missing(missing)
        return ""


def _on_servers(environment: dict[str, str]) -> Iterator[Outcome]:
    """What runs on PostgreSQL and Redis, each step on servers of its own."""
    try:
        with progress("find PostgreSQL and Redis, and a browser"):
            servers.find_or_install()
            browser = browsers.find_or_install()
    except Missing as missing:
        yield _missing(missing)
        return
    with Lanes(environment) as lanes:
        lanes.queue((*steps.browser_on_servers(browser, is_whole=True), *steps.on_servers()), _on_its_own_servers)
        yield from _all_of(lanes)


def _on_its_own_servers(step: Step, environment: dict[str, str], show: bool = False) -> Outcome:
    try:
        with servers.servers() as own:
            return run(step, {**environment, **own}, show)
    except Missing as missing:
        return _missing(missing)


def _shown(step: Step, awaited: Future[Outcome]) -> Outcome:
    with progress(step.name) as line:
        outcome = awaited.result()
        line.ending, line.seconds = str(outcome), outcome.seconds
    return _told(step, outcome)


def _told(step: Step, outcome: Outcome) -> Outcome:
    if outcome.failed:
        print(f"\n$ {' '.join(step.command)}\n{brief(outcome.output.rstrip())}\n", flush=True)
    return outcome


def _missing(missing: Missing) -> Outcome:
    print(f"\n{missing}\n", flush=True)
    return Outcome(0, 1)
