"""A transcript as a table: the whole tree, one message a row (RFC 4180, UTF-8 with a mark that spreadsheets need).

A cell that a spreadsheet would take for a formula gets an apostrophe in front; so CSV is for looking and counting,
and JSON is what loses nothing.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from io import StringIO
from json import dumps

from conversations.transcripts.document import PLAIN, Edition, TranscriptConversation, TranscriptMessage

COLUMNS = (
    *("conversation", "title", "id", "parent", "role", "state", "is_on_path", "created_at", "finished_at"),
    *("backend", "model", "content", "thinking", "attachments", "tool", "tool_call_id", "tool_arguments"),
    *("tool_calls", "reason", "error", "metrics"),
)
MARK = "\ufeff"
# White space before the sign does not stop every program, and some read the wide forms of East Asian keyboards too.
_FORMULA = re.compile(r"[\t\r\n]|[\s\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠]")


def pieces(
    conversation: TranscriptConversation, messages: Iterable[TranscriptMessage], edition: Edition = PLAIN
) -> Iterator[str]:
    """The document, a row at a time."""
    yield MARK + row(COLUMNS)
    for message in messages:
        yield row(_cells(conversation, message))


def _cells(conversation: TranscriptConversation, message: TranscriptMessage) -> Iterator[object]:
    yield from (conversation.id, conversation.title, message.id, message.parent, message.role, message.state)
    yield from (str(message.is_on_path).lower(), message.created_at.isoformat())
    yield message.finished_at.isoformat() if message.finished_at else None
    yield from (message.backend, message.model, message.content, message.thinking)
    yield "; ".join(each.name for each in message.attachments)
    tool = message.tool
    yield from (tool.name, tool.call_id, _json(tool.arguments)) if tool else ("", "", "")
    yield _json([call.model_dump(exclude_defaults=True) for call in message.tool_calls])
    yield from (message.reason, message.error.code if message.error else "", _json(message.metrics))


def _json(value: object) -> str:
    return dumps(value, ensure_ascii=False) if value else ""


def _safe(value: object) -> str:
    text = "" if value is None else str(value)
    if isinstance(value, int | float):
        return text  # a number below zero is no formula
    return f"'{text}" if _FORMULA.match(text) else text


def row(cells: Iterable[object]) -> str:
    """A line of a table, with cells that no spreadsheet takes for formulas."""
    line = StringIO(newline="")
    csv.writer(line, lineterminator="\r\n").writerow(map(_safe, cells))
    return line.getvalue()
