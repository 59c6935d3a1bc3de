"""Rate limits without their Redis: one still signs in, and the limits still count."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client, override_settings
from django.urls import reverse

from chatsite.cache import PatientRedisCache
from conversations.models import User
from tests.terminal import wait_until

OPTIONS = {"socket_timeout": 0.2, "socket_connect_timeout": 0.2}
AWAY = "redis://127.0.0.1:9/0"


@pytest.fixture(params=["refuses", "says nothing"])
def redis_address(request: pytest.FixtureRequest) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        if request.param == "refuses":
            server.close()
        yield f"redis://127.0.0.1:{port}/0"


def test_what_was_set_while_redis_is_away_is_found_again(redis_address: str) -> None:
    cache = PatientRedisCache(redis_address, {"OPTIONS": OPTIONS})
    cache.clear()

    assert cache.get("a", "nothing") == "nothing"
    assert (cache.add("a", 1), cache.add("a", 2)) == (True, False)
    cache.set("b", [3])
    assert (cache.get("a"), cache.get("b"), cache.delete("a"), cache.get("a")) == (1, [3], True, None)


def test_after_a_failure_nobody_waits_for_redis_again_at_once() -> None:
    """A Redis that hangs costs its timeout once, not once an operation."""
    with socket.create_server(("127.0.0.1", 0), backlog=8) as server:
        connections: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    connections.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        cache = PatientRedisCache(f"redis://127.0.0.1:{server.getsockname()[1]}/0", {"OPTIONS": OPTIONS})
        for number in range(20):
            cache.set(str(number), number)
        wait_until(lambda: bool(connections))
        server.close()

    assert len(connections) == 1
    assert cache.get("19") == 19


@pytest.mark.django_db
def test_one_signs_in_while_redis_is_away_and_the_limit_holds(client: Client, redis_address: str) -> None:
    User.objects.create_superuser("ada", "", "correct horse battery")
    backend = {"BACKEND": "chatsite.cache.PatientRedisCache", "LOCATION": redis_address, "OPTIONS": OPTIONS}
    with override_settings(CACHES={"default": backend}):
        caches["default"].clear()

        def sign_in(browser: Any, password: str) -> int:
            answer = browser.post(reverse("account_login"), {"login": "ada", "password": password})
            return int(answer.status_code)

        assert sign_in(client, "correct horse battery") == 302
        assert [sign_in(Client(), "wrong") for _turn in range(11)] == [200] * 10 + [429]


def test_threads_share_their_connections() -> None:
    """Each command of a socket runs in a context of its own, in which Django makes the cache anew."""
    first, second = (PatientRedisCache("redis://127.0.0.1:9/7", {"OPTIONS": OPTIONS}) for _ in range(2))
    assert first._cache is second._cache
    assert first._cache is not PatientRedisCache("redis://127.0.0.1:9/8", {"OPTIONS": OPTIONS})._cache


def test_a_full_cache_in_memory_takes_few_megabytes() -> None:
    """Whoever invents names and addresses to sign in with makes an entry of each."""
    cache = caches["default"] if isinstance(caches["default"], LocMemCache) else PatientRedisCache(AWAY, {})._memory
    tracemalloc.start()
    try:
        for number in range(20_000):
            name = f"allauth:rl:login_failed:{hashlib.sha256(str(number).encode()).hexdigest()}"
            cache.set(name, [time.time() - second for second in range(10)], 180)
            if number % 100 == 0:
                cache.set("persistent", number, 180)
        assert tracemalloc.get_traced_memory()[0] < 5_000_000
        assert cache.get("persistent") == 19_900
    finally:
        tracemalloc.stop()
        cache.clear()
