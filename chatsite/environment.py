"""The environment as typed values: every variable that Chatsite reads is read in `settings` through these."""

from __future__ import annotations

import os
import re
import secrets
import socket
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from chatsite import postgresql

_HERE = ("localhost", "127.0.0.1", "::1")
CACHE_ENTRIES = 10_000
"""In a process's memory. Each name and address that somebody tries to sign in with is one, of 300 to 400 bytes (1,200
for an address that tries 100 times): these come to 4 MB of a process's 120, where 100,000 came to 40. What is full
forgets what was not tried for longest; with Django's 300, inventing some would push out the others."""


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


def options(name: str, allowed: tuple[str, ...]) -> set[str]:
    """Those of `allowed` that it holds, with commas or spaces between them. Raises ImproperlyConfigured."""
    found = set(text(name).lower().replace(",", " ").split())
    if unknown := sorted(found - set(allowed)):
        known = f"it takes {' and '.join(allowed)}, as in {name}={','.join(allowed)}"
        raise ImproperlyConfigured(f"{name} holds {unknown[0]!r}: {known}.")
    return found


@dataclass(frozen=True)
class Mail:
    """The mail server that `EMAIL_URL` names; no `host` without one."""

    host: str = ""
    port: int = 25
    user: str = ""
    password: str = field(default="", repr=False)
    sender: str = "chatsite@localhost"
    tls: bool = False

    @property
    def starttls(self) -> bool:
        """On the port that is for it, and wherever a password would travel in the clear otherwise."""
        return not self.tls and (self.port == 587 or (bool(self.password) and self.host not in _HERE))


def mail() -> Mail:
    """`EMAIL_URL`, taken apart. Raises ImproperlyConfigured, whose words quote nothing: a password is in there."""
    value = text("EMAIL_URL")
    if not value:
        return Mail()
    try:
        url = urlsplit(value)
        found = _mail_at(url)
    except ValueError:  # its words quote what could not be read
        wrong = "the port is no number, or user or password hold a sign that is to be escaped"
    else:
        wrong = _fault_of(url, found)
    if wrong:
        raise ImproperlyConfigured(
            f"EMAIL_URL cannot be used: {wrong}. An example:\n"
            "  EMAIL_URL='smtp://user:password@mail.example.org:587/?from=chat@example.org'\n"
            "smtps:// is for TLS from the start (port 465). In user and password write"
            " %25 for %, %2F for /, %3A for :, %3F for ?, %23 for #, %40 for @."
        )
    return found


def _mail_at(url: SplitResult) -> Mail:
    is_tls = url.scheme == "smtps"
    port = url.port if url.port is not None else 465 if is_tls else 587
    user, password = (unquote(part or "", errors="strict") for part in (url.username, url.password))
    # Not as in forms, where a + is a space: addresses have one.
    sender = unquote(url.query.removeprefix("from="), errors="strict") or Mail.sender
    return Mail(url.hostname or "", port, user, password, sender, is_tls)


def _fault_of(url: SplitResult, found: Mail) -> str:
    """What is wrong with it; nothing, if it can be used."""
    if url.scheme not in ("smtp", "smtps"):
        return "it does not begin with smtp:// or smtps://"
    if not re.fullmatch(r"[\w.:-]+", found.host) or not found.port:
        return "it names no mail server"
    if bool(found.user) != bool(found.password):
        return "it has a user without a password, or a password without a user"
    if re.search(r"%(?![0-9A-Fa-f]{2})", url.netloc):
        return "a % in user or password is not followed by two hexadecimal digits"
    if url.path not in ("", "/") or url.fragment or not re.fullmatch(r"(from=[^&]+)?", url.query):
        return "after the host and the port there may be /?from=ADDRESS and nothing else"
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", parseaddr(found.sender)[1]) or not found.sender.isprintable():
        return "what follows from= is no mail address"
    return ""


def issuer() -> str:
    """`OIDC_ISSUER`, or nothing. Raises ImproperlyConfigured for one whose words anybody on the way could change."""
    value = text("OIDC_ISSUER")
    url = urlsplit(value)
    is_trusted = url.scheme == "https" or (url.scheme, url.hostname) in (("http", "127.0.0.1"), ("http", "localhost"))
    if value and not (is_trusted and url.hostname):
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
            "ENGINE": "chatsite.postgresql",
            "NAME": unquote(url.path[1:]),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": unquote(url.hostname or ""),
            "PORT": str(url.port or ""),
            # Persistent connections are wrong under ASGI, a thread a request: a pool is not.
            "OPTIONS": postgresql.options(dict(parse_qsl(url.query, keep_blank_values=True))),
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
    host = {"address": url, "socket_timeout": 15}
    return {"default": {"BACKEND": "conversations.live.redis_layer.RedisLayer", "CONFIG": {"hosts": [host]}}}


def caches() -> dict[str, Any]:
    """Where the rate limits count: in Redis where there are several processes, else in this one's memory.

    Not in the database: whoever tries passwords would make it write, and SQLite has one writer.
    """
    url = text("REDIS_URL")
    if url:
        return {"default": {"BACKEND": "chatsite.cache.PatientRedisCache", "LOCATION": url}}
    memory = "django.core.cache.backends.locmem.LocMemCache"
    return {"default": {"BACKEND": memory, "OPTIONS": {"MAX_ENTRIES": CACHE_ENTRIES}}}


def hosts(host: str) -> list[str]:
    """`ALLOWED_HOSTS`, or this machine's own names."""
    own = ["localhost", "127.0.0.1", "[::1]", ".localhost", socket.gethostname()]
    return words("ALLOWED_HOSTS") or [*own, *([host] if host not in ("0.0.0.0", "::") else [])]
