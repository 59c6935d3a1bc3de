"""What every test may use: compiled catalogues, shares and marks, and a quick end for tests with transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections
from django.db.models.signals import post_migrate
from pytest_django import DjangoDbBlocker

from chatsite.catalogs import compile_catalogs
from tests.emptying import emptying
from tests.sharing import left_out

STORELESS = {
    Path(__file__).parent / place
    for place in (
        *("integration/mcp", "integration/ollama", "integration/openai"),
        *("unit/backends", "unit/openai", "unit/tools", "unit/transcripts"),
    )
}
"""Where what opens no database reaches Redis neither: the ways to other servers, tools of the tests, texts."""
OTHERS = pytest.StashKey[set[Path]]()

# A busy machine is no reason to fail, and a run that is repeated tries the same.
hypothesis.settings.register_profile(
    "everywhere", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("everywhere")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--part", default="1/1", help="run this share of the files only, as 1/2")


def pytest_configure(config: pytest.Config) -> None:
    for locale in settings.LOCALE_PATHS:
        compile_catalogs(Path(locale))
    part, parts = map(int, config.getoption("--part").split("/"))
    config.stash[OTHERS] = left_out([config.invocation_params.dir / each for each in config.args], part, parts)
    post_migrate.connect(_bring_groups_back, dispatch_uid="groups of the tests")


def _bring_groups_back(sender: Any, using: str, **rest: Any) -> None:
    """A test with real transactions empties all tables at its end, of what migrations wrote too."""
    if sender.label == "conversations" and "auth_group" in connections[using].introspection.table_names():
        import_module("conversations.migrations.0002_groups").make(apps, connections[using].schema_editor())


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the files of other shares alone: to import all of them takes longer than the tests of many a share."""
    return True if collection_path in config.stash[OTHERS] else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what reaches no store: what pytest-django keeps from the database, where there is no other."""
    for item in items:
        touches = item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(_fixtures(item))
        if not touches and STORELESS & set(item.path.parents):
            item.add_marker(pytest.mark.storeless)


def _fixtures(item: pytest.Item) -> list[str]:
    return list(getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """With an end of its own for the tests whose transactions are real."""
    with ExitStack() as ending:
        with django_db_blocker.unblock():
            ending.enter_context(emptying())
        yield
