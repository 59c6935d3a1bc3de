"""The environment as typed values: every variable that Chatsite reads is read in `settings` through these."""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    """The variable, stripped; the default when it is unset or blank."""
    return os.environ.get(name, "").strip() or default


def flag(name: str) -> bool:
    """Whether it is switched on. Raises ImproperlyConfigured for anything but 1/0, true/false, yes/no, on/off."""
    value = text(name, "0").lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}: set it to 1 or 0.")


def number(name: str, default: int, lowest: int, highest: int) -> int:
    """A whole number within the bounds. Raises ImproperlyConfigured."""
    value = text(name, str(default))
    if not value.isdecimal() or not lowest <= int(value) <= highest:
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to a number from {lowest} to {highest}.")
    return int(value)


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """One of `allowed`. Raises ImproperlyConfigured."""
    value = text(name, default).lower()
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to one of {', '.join(allowed)}.")
    return value


def words(name: str) -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def issuer() -> str:
    """`OIDC_ISSUER`, or nothing. Raises ImproperlyConfigured for one whose words anybody on the way could change."""
    value = text("OIDC_ISSUER")
    url = urlsplit(value)
    if (
        value
        and url.scheme != "https"
        and (url.scheme, url.hostname) not in (("http", "127.0.0.1"), ("http", "localhost"))
    ):
        raise ImproperlyConfigured(f"OIDC_ISSUER is {value!r}: set it to the provider's https:// address.")
    if value and not text("OIDC_CLIENT_ID"):
        raise ImproperlyConfigured("OIDC_ISSUER is set, and OIDC_CLIENT_ID is not: the provider tells it.")
    return value.removesuffix("/.well-known/openid-configuration")


def secret_key(data_dir: Path) -> str:
    """`SECRET_KEY`, or the one kept in the data folder, which is made at the first start."""
    given = text("SECRET_KEY")
    if given:
        return given
    kept = data_dir / "secret_key"
    try:
        return kept.read_text().strip()
    except FileNotFoundError:
        pass
    try:
        with open(kept, "x", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass  # another process of the same start was faster
    return kept.read_text().strip()


def database(data_dir: Path) -> dict[str, Any]:
    """`DATABASE_URL` as Django's settings; SQLite in the data folder without it."""
    return database_at(text("DATABASE_URL", f"sqlite:///{data_dir / 'chatsite.sqlite3'}"))


def database_at(address: str) -> dict[str, Any]:
    """Django's settings for postgres:// or sqlite://. Raises ImproperlyConfigured for anything else."""
    url = urlsplit(address)
    if url.scheme == "sqlite":
        return _sqlite(unquote(url.path)[1:] or ":memory:")
    if url.scheme in ("postgres", "postgresql"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(url.path[1:]),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": unquote(url.hostname or ""),
            "PORT": str(url.port or ""),
            "CONN_HEALTH_CHECKS": True,
            # Persistent connections are wrong under ASGI, a thread a request: a pool is not.
            "OPTIONS": {**dict(parse_qsl(url.query)), "pool": {"min_size": 1, "max_size": 16, "timeout": 10}},
        }
    raise ImproperlyConfigured("DATABASE_URL: use postgres://user:password@host/name or sqlite:////absolute/path.")


def _sqlite(path: str) -> dict[str, Any]:
    # WAL with IMMEDIATE: deferred transactions that turn into writers fail at once, whatever the timeout says.
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;",
        },
        "TEST": {"NAME": f"{path}.test"},
    }


def channel_layers(data_dir: Path) -> dict[str, Any]:
    """Redis when `REDIS_URL` says so, else what joins the processes that use the same data folder."""
    url = text("REDIS_URL")
    if not url:
        layer = "conversations.live.neighbours.NeighbourLayer"
        return {"default": {"BACKEND": layer, "CONFIG": {"folder": str(data_dir / "live")}}}
    # redis-py 8 gives up on an idle socket after 5 s, exactly as long as the layer waits for a message.
    host = {"address": url, "socket_timeout": 15}
    return {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [host], "capacity": 5000, "expiry": 20},
        }
    }


def caches() -> dict[str, Any]:
    """Where the rate limits count: in Redis where there are several processes, else in this one's memory.

    Not in the database: whoever tries passwords would make it write, and SQLite has one writer.
    """
    url = text("REDIS_URL")
    if url:
        return {"default": {"BACKEND": "chatsite.cache.PatientRedisCache", "LOCATION": url}}
    # Each address that was tried is an entry; with the default of 300, inventing some would push out the others.
    memory = "django.core.cache.backends.locmem.LocMemCache"
    return {"default": {"BACKEND": memory, "OPTIONS": {"MAX_ENTRIES": 100_000}}}


def hosts(host: str) -> list[str]:
    """`ALLOWED_HOSTS`, or this machine's own names."""
    own = ["localhost", "127.0.0.1", "[::1]", ".localhost", socket.gethostname()]
    return words("ALLOWED_HOSTS") or [*own, *([host] if host not in ("0.0.0.0", "::") else [])]
