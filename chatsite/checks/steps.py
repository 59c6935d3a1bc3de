"""The steps of `manage.py test`, in their order. Each is one command line; how it is counted is in `counting`.

Every test in Python runs on SQLite and without Redis. Each of `unit` and `integration` that reaches a store runs once
more on PostgreSQL and Redis (`on_servers`), but for those marked `sqlite`, which are about SQLite; so do those in a
browser that a store could change (`browser_on_servers`), and all of them with `--stores servers`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from chatsite.bootstrap import NODE_MODULES, ROOT, node

PYTEST = (sys.executable, "-m", "pytest", "--quiet")
MANAGE = (sys.executable, "manage.py")
TOGETHER = tuple(
    f"tests/browser/{place}"
    for place in (
        *("chat/test_tabs.py", "chat/test_branches.py", "chat/test_crash.py", "chat/network"),
        *("chat/insight/test_quota.py", "review/test_together.py"),
    )
)
"""What several tabs and people do at once, and what breaks: there a page may see another store."""
HALVES = ("1/2", "2/2")
"""What is run side by side where it is busy all the time: two cores are the least that anybody has."""
FIFTHS = tuple(f"{part}/5" for part in range(1, 6))
SIXTHS = tuple(f"{part}/6" for part in range(1, 7))
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


def on_servers() -> Iterator[Step]:
    """The tests of `unit` and `integration` once more, each step on a PostgreSQL and a Redis of its own."""
    for part in SIXTHS:
        arguments = ("tests/unit", "tests/integration", "-m", "not sqlite and not storeless", "--part", part)
        yield _pytest(f"on PostgreSQL and Redis, {part}", *arguments)


def browser_on_servers(browser: str, *, is_whole: bool = False) -> Iterator[Step]:
    """Those in a real browser of what several do at once and of what breaks, or all of them."""
    for part in FIFTHS if is_whole else HALVES:
        arguments = (*(("tests/browser",) if is_whole else TOGETHER), "-m", "not sqlite", "--part", part)
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
