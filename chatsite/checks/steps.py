"""The steps of `manage.py test`, in their order. Each is one command line; how it is counted is in `counting`.

Every test runs on SQLite and without Redis. On PostgreSQL and Redis runs once more each test of `unit` and of
`integration`: those that open the database itself (`core_tests`), and the others, with sites and terminals
(`rest_on_servers`). Those in a browser run there a second time with `--stores all`, before a release. Those marked
`sqlite`, which are about SQLite, run nowhere else.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from chatsite.bootstrap import NODE_MODULES, ROOT, node

PYTEST = (sys.executable, "-m", "pytest", "--quiet")
MANAGE = (sys.executable, "manage.py")
HALVES = ("1/2", "2/2")
"""What is run side by side where it is busy all the time: two cores are the least that anybody has."""
FIFTHS = ("1/5", "2/5", "3/5", "4/5", "5/5")
"""Where tests wait half of the time, three at once: more shares than that, so that none is left to end alone."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command that passes or fails, and whose count its output gives: itself, or each of its tests."""

    name: str
    command: tuple[str, ...]
    files: tuple[str, ...] = ()
    counts: str = "itself"
    environment: dict[str, str] = field(default_factory=dict)


def checks() -> Iterator[Step]:
    """Everything that reads the sources without running them, and Django's own checks."""
    yield Step("ruff check", (sys.executable, "-m", "ruff", "check", "."))
    yield Step("ruff format", (sys.executable, "-m", "ruff", "format", "--check", "."))
    yield Step("mypy --strict", (sys.executable, "-m", "mypy"))
    yield Step(
        "djade, templates",
        (str(Path(sys.executable).parent / "djade"), "--target-version", "5.2", "--check"),
        _templates(),
    )
    yield _script("tsc --checkJs", "typescript/bin/tsc", "--project", "tsconfig.json")
    yield _script("ESLint", "eslint/bin/eslint.js", "--max-warnings", "0", ".")
    yield _script("Prettier", "prettier/bin/prettier.cjs", "--check", "--log-level", "warn", ".")
    yield Step("manage.py check", (*MANAGE, "check", "--fail-level", "WARNING"))
    yield Step("migrations are complete", (*MANAGE, "makemigrations", "--check", "--dry-run"))


def unit_tests() -> Iterator[Step]:
    """The tests that need no server and no browser, in Python."""
    for part in HALVES:
        yield _pytest(f"unit tests, {part}", "tests/unit", "--part", part)


def quick_tests() -> Iterator[Step]:
    """The house rules, and what JavaScript needs no browser for."""
    yield _pytest("house rules", "tests/house")
    yield Step("JavaScript tests", (str(node() / "bin" / "node"), "--test"), _scripts(), "node")


def integration_tests() -> Iterator[Step]:
    """The tests with real processes: sites, model servers, terminals."""
    for part in FIFTHS:
        yield _pytest(f"integration tests, {part}", "tests/integration", "--part", part)


def browser_tests(browser: str) -> Iterator[Step]:
    """The tests in a real browser, `browser` being its program."""
    for part in HALVES:
        arguments = ("tests/browser", "-m", "not axe", "--part", part)
        yield _pytest(f"browser tests, {part}", *arguments, environment={"TEST_BROWSER": browser})


def axe_tests(browser: str) -> Step:
    """Every page and state, by axe-core in the same browser."""
    return _pytest("accessibility, axe", "tests/browser", "-m", "axe", environment={"TEST_BROWSER": browser})


def core_tests(*environments: dict[str, str]) -> Iterator[Step]:
    """The tests that open the database or ask a site, once more: a share on the servers of each of `environments`."""
    for number, environment in enumerate(environments, 1):
        part = f"{number}/{len(environments)}"
        arguments = ("tests/unit", "tests/integration", "-m", "core", "--part", part)
        yield _pytest(f"core on PostgreSQL and Redis, {part}", *arguments, environment=environment)


def rest_on_servers() -> Iterator[Step]:
    """What `core_tests` leaves out of the same folders: sites, terminals, and what opens no database at all."""
    for part in FIFTHS:
        arguments = ("tests/unit", "tests/integration", "-m", "not core and not sqlite", "--part", part)
        yield _pytest(f"the rest on PostgreSQL and Redis, {part}", *arguments)


def browser_on_servers(browser: str) -> Iterator[Step]:
    """All tests in a real browser, axe's too."""
    for part in FIFTHS:
        arguments = ("tests/browser", "-m", "not sqlite", "--part", part)
        yield _pytest(f"browser on PostgreSQL and Redis, {part}", *arguments, environment={"TEST_BROWSER": browser})


def _pytest(name: str, *arguments: str, environment: dict[str, str] | None = None) -> Step:
    return Step(name, (*PYTEST, *arguments), (), "pytest", environment or {})


def _script(name: str, path: str, *arguments: str) -> Step:
    return Step(name, (str(node() / "bin" / "node"), str(NODE_MODULES / path), *arguments))


def _templates() -> tuple[str, ...]:
    folders = (ROOT / "templates", ROOT / "conversations")
    return tuple(sorted(str(path.relative_to(ROOT)) for folder in folders for path in folder.rglob("*.html")))


def _scripts() -> tuple[str, ...]:
    return tuple(sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests" / "js").rglob("*.test.js")))
