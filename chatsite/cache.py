"""A cache in Redis that goes on in this process's memory while Redis is away: signing in must not depend on it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, ReadOnlyError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from chatsite.environment import CACHE_ENTRIES

log = logging.getLogger(__name__)

AWAY = (RedisConnectionError, RedisTimeoutError, OutOfMemoryError, ReadOnlyError)
_NOTHING = object()
RETRY_SECONDS = 5.0
# Of the process: Django makes a cache object for every thread and every context, and each would connect anew.
_away_until: dict[str, float] = {}
_clients: dict[tuple[str, object], Any] = {}


class PatientRedisCache(RedisCache):
    """What the rate limits need of a cache: get, set, add, delete, delete_many, clear, and a count.

    What this process writes it also remembers, so that a limit goes on from there when Redis goes away. What was
    written while it was away is found when it is back, as long as Redis has nothing under that name.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        # redis-py would try three more times, a second and longer apart.
        patience = {"socket_timeout": 2, "socket_connect_timeout": 2, "retry": Retry(NoBackoff(), 0)}
        self._settings: dict[str, Any] = {**patience, **params.get("OPTIONS", {})}
        super().__init__(server, {**params, "OPTIONS": self._settings})
        bounds = {"OPTIONS": {"MAX_ENTRIES": CACHE_ENTRIES}}
        self._memory = LocMemCache(f"of {server}", bounds)
        self._meanwhile = LocMemCache(f"without {server}", bounds)
        self._server = server

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        """As Django's."""
        if self._is_away:
            return self._memory.get(key, default, version)
        try:
            found = super().get(key, _NOTHING, version)
        except AWAY as error:
            self._note(error)
            return self._memory.get(key, default, version)
        return self._meanwhile.get(key, default, version) if found is _NOTHING else found

    def set(self, key: Any, *args: Any, **kwargs: Any) -> None:
        """As Django's."""
        self._memory.set(key, *args, **kwargs)
        if self._reaches(super().set, key, *args, **kwargs) is _NOTHING:
            self._meanwhile.set(key, *args, **kwargs)
        else:
            self._meanwhile.delete(key)

    def add(self, key: Any, *args: Any, **kwargs: Any) -> bool:
        """As Django's."""
        added = self._reaches(super().add, key, *args, **kwargs)
        if added is _NOTHING:
            return self._memory.add(key, *args, **kwargs)
        if added:
            self._memory.set(key, *args, **kwargs)
        return bool(added)

    def delete(self, key: Any, version: Any = None) -> bool:
        """As Django's."""
        here = self._memory.delete(key, version)
        self._meanwhile.delete(key, version)
        deleted = self._reaches(super().delete, key, version)
        return here if deleted is _NOTHING else bool(deleted)

    def delete_many(self, keys: Iterable[Any], version: Any = None) -> None:
        """As Django's."""
        for key in keys:
            self.delete(key, version)

    def clear(self) -> None:
        """As Django's."""
        self._memory.clear()
        self._meanwhile.clear()
        self._reaches(super().clear)

    def count(self, key: Any, seconds: int) -> int | None:
        """How often all called this for `key`, within `seconds` from the first time; None while Redis is away."""

        def remote() -> int:
            name = self.make_and_validate_key(key)
            with self._cache.get_client(name, write=True).pipeline() as pipeline:
                pipeline.set(name, 0, ex=seconds, nx=True)
                pipeline.incr(name)
                return int(pipeline.execute()[1])

        counted = self._reaches(remote)
        return None if counted is _NOTHING else counted

    @cached_property
    def _cache(self) -> Any:
        """Django's client of that server, with one pool of connections for all."""
        key = (self._server, self._settings["socket_timeout"])
        return _clients.get(key) or _clients.setdefault(key, RedisCacheClient([self._server], **self._settings))

    @property
    def _is_away(self) -> bool:
        return time.monotonic() < _away_until.get(self._server, 0.0)

    def _reaches(self, remote: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """What Redis answers; `_NOTHING` while it is away."""
        if self._is_away:
            return _NOTHING
        try:
            return remote(*args, **kwargs)
        except AWAY as error:
            self._note(error)
            return _NOTHING

    def _note(self, error: Exception) -> None:
        _away_until[self._server] = time.monotonic() + RETRY_SECONDS
        log.warning("redis cache: %s; counting in memory", error)
