"""The words between a tab and the server: `commands` come in, `events` go out, one JSON object a frame.

Offsets count Unicode code points. A conversation is named by its UUID, a message by its number.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

VERSION = 1
TEXT_LIMIT = 128 * 1024
CLOSE_SIGNED_OUT = 4401
CLOSE_BEHIND = 4408
CLOSE_GOING_AWAY = 4012
CLOSE_OLD_PAGE = 4426
CLOSE_TOO_MANY = 4429


class Frame(BaseModel):
    """A command or an event. Unknown fields are refused, so that a typing error is seen."""

    model_config = ConfigDict(extra="forbid")
