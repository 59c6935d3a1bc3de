"""What every test may use: compiled catalogues, and the marks that choose where a test runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from chatsite.catalogs import compile_catalogs

ON_OTHER_DATABASES = {"unit", "integration"}


def pytest_configure(config: pytest.Config) -> None:
    for locale in settings.LOCALE_PATHS:
        compile_catalogs(Path(locale))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what touches the database `core`: it runs on PostgreSQL and Redis too."""
    for item in items:
        touches = item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(_fixtures(item))
        if touches and ON_OTHER_DATABASES & set(item.path.parts) and not item.get_closest_marker("sqlite"):
            item.add_marker(pytest.mark.core)


def _fixtures(item: pytest.Item) -> list[str]:
    return list(getattr(item, "fixturenames", ()))
