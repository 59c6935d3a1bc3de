"""A cache in Redis that goes on in this process's memory while Redis is away: signing in must not depend on it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

log = logging.getLogger(__name__)
T = TypeVar("T")

RETRY_SECONDS = 5.0
# Of the process: Django makes a cache object for every thread.
_away_until: dict[str, float] = {}


class PatientRedisCache(RedisCache):
    """What the rate limits need of a cache: get, set, add, delete, clear."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        # redis-py would try three more times, a second and longer apart.
        patience = {"socket_timeout": 2, "socket_connect_timeout": 2, "retry": Retry(NoBackoff(), 0)}
        super().__init__(server, {**params, "OPTIONS": {**patience, **params.get("OPTIONS", {})}})
        self._memory = LocMemCache("patient-redis", {"OPTIONS": {"MAX_ENTRIES": 100_000}})
        self._server = server

    def get(self, key: Any, *args: Any, **kwargs: Any) -> Any:
        """As Django's."""
        return self._either(super().get, self._memory.get, key, *args, **kwargs)

    def set(self, key: Any, *args: Any, **kwargs: Any) -> None:
        """As Django's."""
        self._either(super().set, self._memory.set, key, *args, **kwargs)

    def add(self, key: Any, *args: Any, **kwargs: Any) -> bool:
        """As Django's."""
        return self._either(super().add, self._memory.add, key, *args, **kwargs)

    def delete(self, key: Any, *args: Any, **kwargs: Any) -> bool:
        """As Django's."""
        return self._either(super().delete, self._memory.delete, key, *args, **kwargs)

    def clear(self) -> None:
        """As Django's."""
        self._memory.clear()
        self._either(super().clear, self._memory.clear)

    def _either(self, remote: Callable[..., T], local: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        if time.monotonic() >= _away_until.get(self._server, 0.0):
            try:
                return remote(*args, **kwargs)
            except (RedisConnectionError, RedisTimeoutError) as error:
                _away_until[self._server] = time.monotonic() + RETRY_SECONDS
                log.warning("redis cache: %s; counting in memory", error)
        return local(*args, **kwargs)
