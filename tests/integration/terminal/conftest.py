"""A data folder with people in it, and the model server that its terminal talks to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal import Data
from tests.upstream import Upstream


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """Alice is the only administrator; charlie has an account; dora has not been let in."""
    data = Data.migrated(tmp_path_factory.mktemp("data"))
    people = (
        "from conversations.models import User\n"
        "User.objects.create_superuser('alice')\n"
        "User.objects.create_user('charlie')\n"
        "User.objects.create_user('dora', is_approved=False)\n"
    )
    done = data.manage("shell", "-c", people)
    assert done.returncode == 0, done.stderr
    return data


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture
def data(template: Data, upstream: Upstream, tmp_path: Path) -> Data:
    return template.copy_to(tmp_path, upstream.address)
