"""A path's turns as a model is sent them: calls with their answers, and no call without one.

Servers refuse a call that was not answered; a branch may end, or a round be given up, between the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conversations.backends.base import ChatMessage, RoleName, ToolCall
from conversations.models import Role
from conversations.models.paths import Turn

_NO_RESULT = "[No result: the call was not finished.]"
_ROLES: dict[str, RoleName] = {Role.USER: "user", Role.SYSTEM: "system"}


def with_calls(path: Sequence[Turn]) -> list[ChatMessage]:
    """A message for each turn, oldest first."""
    return [_message(turn, path[place + 1 :] if turn.tool_calls else ()) for place, turn in enumerate(path)]


def rounds_of(messages: Sequence[ChatMessage]) -> int:
    """How often tools were called since a person last said something."""
    count = 0
    for message in reversed(messages):
        if message.role == "user":
            break
        count += bool(message.tool_calls)
    return count


def _message(turn: Turn, after: Sequence[Turn]) -> ChatMessage:
    if turn.role == Role.TOOL:
        content = turn.content or _NO_RESULT
        return ChatMessage("tool", content, tool_name=turn.tool_name, tool_call_id=turn.tool_call_id)
    return ChatMessage(_ROLES.get(turn.role, "assistant"), turn.content, tool_calls=_answered(turn, after))


def _answered(turn: Turn, after: Sequence[Turn]) -> Sequence[ToolCall]:
    """The calls of `turn` that the tools' turns right behind it answer."""
    answers = set()
    for each in after:
        if each.role != Role.TOOL:
            break
        answers.add(each.tool_call_id)
    return [_call(value) for value in turn.tool_calls if value["id"] in answers] if answers else ()


def _call(value: dict[str, Any]) -> ToolCall:
    return ToolCall(value["id"], value["name"], value["arguments"], value.get("malformed", ""))
