"""What is looked at, on the database of the run, and what each fault is called."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from chatsite.health import readiness
from chatsite.health.readiness import Part
from conversations.generation.engine import engine
from conversations.tasks import close_threads, watch


async def parts() -> dict[str, Part]:
    found = {part.name: part for part in await readiness.look()}
    close_threads()
    return found


def _recorded() -> Any:
    return MigrationRecorder(connection).migration_qs


@pytest.mark.django_db(transaction=True)
async def test_all_is_well_and_a_missing_migration_is_named(settings: Any) -> None:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    well = await parts()
    assert {name: part.why for name, part in well.items() if name != "disk"} == {
        "process": "ok", "database": "ok", "migrations": "ok", "redis": "not_used", "writer": "ok",
    }  # fmt: skip

    await watch(lambda: _recorded().filter(app="conversations", name="0003_search").delete())
    missing = (await parts())["migrations"]
    await watch(lambda: _recorded().create(app="conversations", name="0003_search"))
    close_threads()

    assert (missing.standing, missing.figures) == ("unavailable", {"missing": ["conversations.0003_search"]})


def test_the_files_are_the_migrations_that_django_knows() -> None:
    assert readiness.migrations_of_the_code() == set(MigrationLoader(None).disk_migrations)


@pytest.mark.django_db
async def test_a_database_that_is_away_is_named_and_its_words_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("no password for user secret")

    monkeypatch.setattr(readiness, "_applied", away)
    found = await parts()

    assert (found["database"].why, found["migrations"].why) == ("away", "unknown")
    assert readiness.standing_of(list(found.values())) == "unavailable"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("free", "is_writable", "standing", "why"),
    [(10**12, True, "ok", "ok"), (3 * 10**8, True, "degraded", "low"), (10**7, True, "unavailable", "full"),
     (10**12, False, "unavailable", "read_only")],
)  # fmt: skip
async def test_the_disk(monkeypatch: pytest.MonkeyPatch, free: int, is_writable: bool, standing: str, why: str) -> None:
    monkeypatch.setattr(readiness, "_space", lambda: (free, is_writable))
    assert await readiness._disk() == Part("disk", standing, why, {"free_bytes": free})  # type: ignore[arg-type]


async def test_redis_that_is_away_degrades_and_no_more(settings: Any) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"redis://127.0.0.1:{nobody.getsockname()[1]}/0"
        layer = {"BACKEND": "conversations.live.redis_layer.RedisLayer", "CONFIG": {"hosts": [{"address": address}]}}
        settings.CHANNEL_LAYERS = {"default": layer}
        assert (await readiness._redis()).standing == "degraded"


def test_a_process_that_drains_is_not_to_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.runner, "is_draining", True)
    assert readiness._process() == Part("process", "unavailable", "draining")


def test_a_writer_that_is_behind_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.runner.scribe, "lag", lambda replies: 60.0)
    assert readiness._writer() == Part("writer", "degraded", "behind", {"checkpoint_lag_seconds": 60.0})
