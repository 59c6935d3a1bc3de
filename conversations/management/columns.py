"""Plain tables for the terminal and for pipes: columns as wide as their widest entry, nothing drawn around them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils import timezone
from prompt_toolkit.utils import get_cwidth

_UNITS = ((86400 * 7, "weeks"), (86400, "days"), (3600, "hours"), (60, "minutes"), (1, "seconds"))


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lines, the first of them the heads."""
    lines = [list(heads), *(list(row) for row in rows)]
    widths = [max(get_cwidth(line[at]) for line in lines) for at in range(len(heads))]
    return "\n".join("   ".join(map(_padded, line, widths)).rstrip() for line in lines)


def pairs(rows: Iterable[tuple[str, str]], indent: str = "    ") -> str:
    """A name and a value a line."""
    kept = [(name, value) for name, value in rows if value]
    width = max((get_cwidth(name) for name, _value in kept), default=0)
    return "\n".join(f"{indent}{_padded(name, width)}   {value}" for name, value in kept)


def size(count: int | None) -> str:
    """Bytes as `ollama list` prints them, in powers of 1000; `-` when they are unknown."""
    if count is None:
        return "-"
    for unit, factor in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= factor:
            number = count / factor
            return f"{number:.0f} {unit}" if number >= 10 else f"{number:.1f} {unit}"
    return f"{count} B"


def ago(then: datetime | None) -> str:
    """`3 hours ago`, `4 minutes from now`; empty when it is unknown."""
    if then is None:
        return ""
    seconds = (timezone.now() - then).total_seconds()
    for length, name in _UNITS:
        count = int(abs(seconds) // length)
        if count:
            words = f"{count} {name if count > 1 else name[:-1]}"
            return f"{words} ago" if seconds > 0 else f"{words} from now"
    return "now"


def _padded(text: str, width: int) -> str:
    return text + " " * (width - get_cwidth(text))
