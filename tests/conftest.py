"""What every test may use: compiled catalogues, and the marks that choose where a test runs."""

from __future__ import annotations

from collections import Counter
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
from tests.sharing import share_of

ON_OTHER_DATABASES = {"unit", "integration"}

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
    post_migrate.connect(_bring_groups_back, dispatch_uid="groups of the tests")


def _bring_groups_back(sender: Any, using: str, **rest: Any) -> None:
    """A test with real transactions empties all tables at its end, of what migrations wrote too."""
    if sender.label == "conversations" and "auth_group" in connections[using].introspection.table_names():
        import_module("conversations.migrations.0002_groups").make(apps, connections[using].schema_editor())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what touches the database `core`: it runs on PostgreSQL and Redis too. Keep the share that is asked for."""
    for item in items:
        touches = item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(_fixtures(item))
        if touches and ON_OTHER_DATABASES & set(item.path.parts) and not item.get_closest_marker("sqlite"):
            item.add_marker(pytest.mark.core)
    part, all_parts = map(int, config.getoption("--part").split("/"))
    mine = share_of(Counter(item.path for item in items), part, all_parts)
    config.hook.pytest_deselected(items=[item for item in items if item.path not in mine])
    items[:] = [item for item in items if item.path in mine]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """With an end of its own for the tests whose transactions are real."""
    with ExitStack() as ending:
        with django_db_blocker.unblock():
            ending.enter_context(emptying())
        yield


def _fixtures(item: pytest.Item) -> list[str]:
    return list(getattr(item, "fixturenames", ()))
