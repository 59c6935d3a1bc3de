"""The lines of the log, for people or as JSON. They tell what happened, never what was said or by what key.

An exception's words may hold a row of the database or what a model was asked, so only its kind and place are kept, but
for those whose words are known to be about the machine.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost, ImproperlyConfigured
from django.db import InterfaceError, OperationalError

from conversations.telemetry.requests import discreet_path, request_id

HIDDEN = "[hidden]"
_PLAIN_SPOKEN = (OSError, OperationalError, InterfaceError, ImproperlyConfigured, DisallowedHost)
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*:[^/@\s]*(?=@)|(?<=Bearer )\S+|\b(?:cs_|sk-)[\w-]{8,}", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_FIRST_LINE_ONLY = ("asyncio", "concurrent.futures")
"""Their further lines show the values of what went wrong."""
_SHORTEST_SECRET = 6


class PlainFormatter(logging.Formatter):
    """One line for people; what is below it is the way to an error."""

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        number = request_id.get()
        head = f"{self.formatTime(record)} {record.levelname} {record.name}{f' [{number}]' if number else ''}"
        line = f"{head}: {_CONTROL.sub(_escaped, words_of(record))}"
        return "\n".join([line, *_way(record)])


class JsonFormatter(logging.Formatter):
    """One object a line: `time`, `level`, `logger`, `message`, `request_id`, `process`, and what else is known."""

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        found: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": words_of(record),
            "request_id": request_id.get(),
            "process": record.process,
            **getattr(record, "facts", {}),
        }
        way = _way(record)
        if way:
            found["error"] = way
        return json.dumps({name: value for name, value in found.items() if value not in ("", None)}, default=str)


def words_of(record: logging.LogRecord) -> str:
    """The message, without what nobody is to read here."""
    words = record.getMessage()
    if record.name in _FIRST_LINE_ONLY:
        words = words.partition("\n")[0]
    return _hide(discreet_path(words))


def _hide(text: str) -> str:
    for secret in secrets_of_the_site():
        text = text.replace(secret, HIDDEN)
    return _CREDENTIALS.sub(HIDDEN, text)


@cache
def secrets_of_the_site() -> tuple[str, ...]:
    """What the settings hold that nobody else may know."""
    layers = [layer.get("CONFIG", {}).get("hosts", ()) for layer in settings.CHANNEL_LAYERS.values()]
    addresses = [host.get("address", "") for hosts in layers for host in hosts if isinstance(host, dict)]
    found = [
        settings.SECRET_KEY,
        settings.METRICS_TOKEN,
        settings.EMAIL_HOST_PASSWORD,
        settings.OIDC_CLIENT["secret"],
        *(database.get("PASSWORD", "") for database in settings.DATABASES.values()),
        *(unquote(urlsplit(address).password or "") for address in addresses),
        *(spec.get("options", {}).get("api_key", "") for spec in settings.BACKENDS),
    ]
    return tuple(sorted({each for each in found if len(each) >= _SHORTEST_SECRET}, key=len, reverse=True))


def _way(record: logging.LogRecord) -> list[str]:
    """The lines that lead to the error of a record."""
    info = record.exc_info
    lines = list(_told(info[1])) if isinstance(info, tuple) and info[1] is not None else []
    if record.stack_info:
        lines += record.stack_info.splitlines()
    return lines


def _told(error: BaseException) -> Iterator[str]:
    """The errors that led to it first, each with its way."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _told(before)
    for frame in traceback.format_tb(error.__traceback__):
        yield from frame.rstrip().splitlines()
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    yield f"{kind}: {_hide(discreet_path(_first_line(error)))}" if _may_speak(error) else kind


def _may_speak(error: BaseException) -> bool:
    return settings.DEBUG or isinstance(error, _PLAIN_SPOKEN)


def _first_line(error: BaseException) -> str:
    """PostgreSQL's further lines show rows."""
    return _CONTROL.sub(_escaped, str(error).partition("\n")[0])


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()
