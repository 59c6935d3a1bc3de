"""A call in words, for people: whose tool, and what it was given."""

from __future__ import annotations

from json import dumps
from typing import Any

from conversations.models import Message
from conversations.text import clean_line

_LONGEST = 120


def label_of(row: Message) -> str:
    """The server's name before the tool's, as the server calls it; of one of the site's own the name alone."""
    known = row.provenance
    return f"{known['server']}: {known.get('remote') or row.tool_name}" if known.get("server") else row.tool_name


def gist_of(arguments: Any) -> str:
    """What was given in one line: the only value, or each with its name."""
    if not isinstance(arguments, dict):
        return clean_line(str(arguments or ""), _LONGEST)
    if len(arguments) == 1:
        return clean_line(_short(next(iter(arguments.values()))), _LONGEST)
    return clean_line(", ".join(f"{name}: {_short(value)}" for name, value in arguments.items()), _LONGEST)


def written(arguments: Any) -> str:
    """What was given, as it was written."""
    return arguments if isinstance(arguments, str) else dumps(arguments or {}, ensure_ascii=False, indent=2)


def _short(value: Any) -> str:
    return value if isinstance(value, str) else dumps(value, ensure_ascii=False)
