"""Django's backend for PostgreSQL: statements are prepared, and whether a connection works is asked less often.

Of the time that a question waited for PostgreSQL, a quarter went into asking whether a sound connection was sound; of
PostgreSQL's own work, more than a third into planning the same statements anew.
"""

from typing import Any

POOL = {"min_size": 1, "max_size": 16, "timeout": 10}
LOCKS = "-c lock_timeout=20s"  # nobody waits longer than on SQLite; a lock would hold a thread, and it all others
PREPARE_AFTER = 2  # times that a connection has carried a statement out


def options(query: dict[str, str]) -> dict[str, Any]:
    """`OPTIONS` of this backend; `query` is what `DATABASE_URL` says after its `?`, for libpq.

    `prepare_threshold=off` in it is for what stands between and knows no prepared statements, as PgBouncer before 1.21
    in its transaction mode. An empty `options` in it leaves out ours, which such a one may refuse.
    """
    rest = {name: value for name, value in query.items() if name != "prepare_threshold"}
    is_off = query.get("prepare_threshold") == "off"
    prepared = {} if is_off else {"server_side_binding": True, "prepare_threshold": PREPARE_AFTER}
    return {"options": LOCKS, **rest, **prepared, "pool": POOL}
