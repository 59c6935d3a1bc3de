"""The number that a request has: in its answer, in every line of the log that it causes, in the problems it is told."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Empty outside of requests. What a request starts (a reply, a title) keeps its number."""

_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_LONG = re.compile(r"(?<=/)[^/\s?#\"'<>]{25,}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def number_for(given: str) -> str:
    """The number that a proxy or a program has given it, when that is one; else a new one."""
    return given if _WELL_FORMED.fullmatch(given) else secrets.token_hex(8)


def discreet_path(text: str) -> str:
    """Without those parts of an address that open something by themselves: long ones, other than the ids of things."""
    return _LONG.sub(lambda part: part[0] if _UUID.fullmatch(part[0]) else "…", text)
