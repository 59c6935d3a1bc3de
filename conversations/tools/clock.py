"""The current date and time, anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field

from conversations.tools.base import Arguments, Tool, ToolError


class _Where(Arguments):
    timezone: str = Field("UTC", max_length=60, description="IANA time zone such as Europe/Berlin; UTC when left out")


async def _now(arguments: Mapping[str, object]) -> str:
    where = _Where.read(arguments)
    zone = _zone(where.timezone)
    now = datetime.now(UTC).astimezone(zone).replace(microsecond=0)
    return f"{now:%A}, {now.isoformat()} ({where.timezone}, week {now.isocalendar().week})"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # unknown, not a name, or a folder of names
        message = f"“{name}” is not an IANA time zone. Use a name such as Europe/Berlin, America/New_York or UTC."
        raise ToolError("tool_arguments", message) from None


CLOCK = Tool(
    "current_time",
    "The current date, time, weekday and ISO week in a time zone.",
    _Where.schema_for_models(),
    _now,
)
