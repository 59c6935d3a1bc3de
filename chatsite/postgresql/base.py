"""The module that Django looks for in a database backend."""

from __future__ import annotations

import select
import time
from typing import Any
from weakref import WeakKeyDictionary

from django.db.backends.postgresql import base
from psycopg import Connection, OperationalError
from psycopg_pool import ConnectionPool

IDLE = 10.0  # seconds after which PostgreSQL is asked anyway: a lost network says nothing
_lent_at: WeakKeyDictionary[Connection[Any], float] = WeakKeyDictionary()


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with checks of its own in place of `CONN_HEALTH_CHECKS`: those ask PostgreSQL before every use."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection[Any]:
        """A connection that works, of the pool's. Raises OperationalError when PostgreSQL cannot be reached."""
        connection: Connection[Any] = super().get_new_connection(conn_params)
        while self.pool and not _works(connection):
            self.pool.putconn(connection)  # which sees that it is closed, and makes another
            connection = super().get_new_connection(conn_params)
        return connection


def _works(connection: Connection[Any]) -> bool:
    """A server that ends says so and closes: a connection that nothing has come on is as good as it was before."""
    now = time.monotonic()
    before = _lent_at.get(connection, 0.0)
    _lent_at[connection] = now
    if now - before < IDLE and not _has_come(connection.fileno()):
        return True
    try:
        ConnectionPool.check_connection(connection)
    except OperationalError:
        connection.close()
        return False
    return True


def _has_come(descriptor: int) -> bool:
    ready = select.poll()
    ready.register(descriptor, select.POLLIN)
    return bool(ready.poll(0))
