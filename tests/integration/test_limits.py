"""Limits over several processes, and while their Redis is away: they hold, and go on from where they were."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import caches
from django.test import Client, override_settings
from django.urls import reverse

from chatsite import cache as module
from chatsite.cache import PatientRedisCache
from conversations.live import rates
from conversations.live.rates import Rate
from conversations.models import User
from tests import machines
from tests.machines import Machine

OPTIONS = {"socket_timeout": 30, "socket_connect_timeout": 30}


@pytest.fixture
def redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(rates, "WINDOW", 3600)
    with machines.redis() as machine:
        yield machine


def cache_of(redis: Machine, process: int) -> PatientRedisCache:
    """What a process has: each has a memory of its own, by what it calls its server."""
    return PatientRedisCache(f"{address(redis)}?client_name=process-{process}", {"OPTIONS": OPTIONS})


def address(redis: Machine) -> str:
    return f"redis://127.0.0.1:{redis.port}/0"


def test_what_is_counted_goes_on_without_redis_and_is_there_when_it_is_back(redis: Machine) -> None:
    one, two = (cache_of(redis, process) for process in range(2))
    one.set("tries", [1, 2])
    assert (two.get("tries"), one.count("sum", 60), two.count("sum", 60)) == ([1, 2], 1, 2)

    redis.stop()
    assert (one.get("tries"), two.get("tries", "unknown"), one.count("sum", 60)) == ([1, 2], "unknown", None)
    one.set("tries", [1, 2, 3])

    redis.start()
    assert one.get("tries") == [1, 2, 3], "what was tried meanwhile counts"
    one.set("tries", [1, 2, 3, 4])
    assert two.get("tries") == [1, 2, 3, 4]
    assert one.delete("tries")
    assert (one.get("tries"), two.get("tries")) == (None, None)


def test_all_processes_together_allow_what_one_does_and_each_alone_no_more(
    redis: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asks(process: int, rate: Rate, times: int) -> list[bool]:
        monkeypatch.setattr(rates, "cache", cache_of(redis, process))
        return [rate.allows("ada") for _ in range(times)]

    one, two, alone = (Rate("test", 0, 5) for _ in range(3))
    assert asks(0, one, 3) == [True] * 3
    assert asks(1, two, 3) == [True, True, False]
    assert asks(0, one, 1) == [False]
    redis.stop()
    assert asks(0, alone, 7) == [True] * 5 + [False] * 2
    redis.start()
    assert asks(0, alone, 1) == [False]


@pytest.mark.django_db
def test_wrong_passwords_are_counted_over_a_loss_of_redis(redis: Machine) -> None:
    User.objects.create_superuser("ada", "", "correct horse battery")
    backend = {"BACKEND": "chatsite.cache.PatientRedisCache", "LOCATION": address(redis), "OPTIONS": OPTIONS}

    def guess(times: int) -> list[int]:
        credentials = {"login": "ada", "password": "wrong"}
        return [Client().post(reverse("account_login"), credentials).status_code for _ in range(times)]

    with override_settings(CACHES={"default": backend}):
        caches["default"].clear()
        assert guess(5) == [200] * 5
        redis.stop()
        assert guess(5) == [200] * 5
        assert guess(1) == [429]
        redis.start()
        assert guess(1) == [429]
