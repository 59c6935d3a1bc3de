"""What the tests of the stream share: chunks as servers write them, and all that a stream says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from conversations.backends.base import ChatEvent, Delta, Finish, ToolCall
from conversations.backends.openai.wire import ReplyReader

DONE = b"data: [DONE]\n\n"


class Told(NamedTuple):
    """Content, thinking, tool calls, finish, and the error's code and words."""

    content: str
    thinking: str = ""
    calls: tuple[ToolCall, ...] = ()
    finish: Finish | None = None
    code: str = ""
    detail: str = ""


def chunk(delta: object, finish: str | None = None, **more: object) -> bytes:
    value = {"id": "1", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}
    return event(value)


def event(value: object) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def said(text: str | None, **more: Any) -> bytes:
    return chunk({"content": text, **more})


STOP = chunk({}, "stop")


def read(*chunks: bytes, reader: ReplyReader | None = None) -> Told:
    """All that a stream says that ends after the chunks."""
    reader = reader or ReplyReader()
    events: list[ChatEvent] = []
    for each in chunks:
        events += reader.feed(each)
        if reader.finished or reader.error:
            break
    else:
        events += reader.end()
    deltas = [event for event in events if isinstance(event, Delta)]
    assert all(delta.content or delta.thinking or delta.tool_calls for delta in deltas), "an empty delta"
    finishes = [event for event in events if isinstance(event, Finish)]
    assert len(finishes) == (0 if reader.error else 1), "one end, and only of a whole reply"
    return Told(
        "".join(delta.content for delta in deltas),
        "".join(delta.thinking for delta in deltas),
        tuple(call for delta in deltas for call in delta.tool_calls),
        finishes[0] if finishes else None,
        reader.error.code if reader.error else "",
        reader.error.detail if reader.error else "",
    )


def cuts(stream: bytes) -> Iterator[list[bytes]]:
    """The stream cut in two at every byte, and in single bytes."""
    for cut in range(1, len(stream)):
        yield [stream[:cut], stream[cut:]]
    yield [stream[index : index + 1] for index in range(len(stream))]
