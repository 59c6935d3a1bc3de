"""What `DATABASE_URL` says, as Django takes it."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from chatsite.environment import database_at


def test_postgresql_prepares_its_statements() -> None:
    options = database_at("postgres://chat:pass@db:5432/chat?sslmode=verify-full")["OPTIONS"]
    assert (options["sslmode"], options["server_side_binding"]) == ("verify-full", True)
    assert options["prepare_threshold"] > 0


def test_nothing_is_prepared_where_the_address_says_so() -> None:
    options = database_at("postgres://chat@pooler/chat?prepare_threshold=off&connect_timeout=3")["OPTIONS"]
    assert options["connect_timeout"] == "3"
    assert not {"prepare_threshold", "server_side_binding"} & set(options)


def test_other_databases_are_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        database_at("mysql://chat@db/chat")
