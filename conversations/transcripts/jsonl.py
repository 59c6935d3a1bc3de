"""A path as one line in the shape that OpenAI's fine-tuning takes: `{"messages": […]}`.

A line teaches replies, so it ends with one that came to its own end; what was said after it has no answer and is
left out. A reply that was cut off, stopped or failed has `"weight": 0`: it is context, and not to be learned. Calls of
tools are there with their results; a call without one is left out, because no server takes it. Thinking and files have
no place in this shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from json import dumps
from typing import Any

from conversations.transcripts.document import PLAIN, Edition, TranscriptCall, TranscriptConversation, TranscriptMessage

# What JSON leaves as it is, and many a reader takes for the end of a line.
_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
Said = dict[str, Any]


def pieces(
    conversation: TranscriptConversation, messages: Iterable[TranscriptMessage], edition: Edition = PLAIN
) -> Iterator[str]:
    """The line, a reply at a time; nothing when there is no whole reply."""
    held = [_said("system", conversation.system_prompt)] if conversation.system_prompt else []
    is_empty = True
    for said in _shaped(messages):
        held.append(said)
        if _is_learned(said):
            yield ('{"messages":[' if is_empty else ",") + ",".join(map(_json, held))
            held, is_empty = [], False
    if not is_empty:
        yield "]}\n"


def _shaped(messages: Iterable[TranscriptMessage]) -> Iterator[Said]:
    """Each message once the tools' messages behind it are known."""
    last: TranscriptMessage | None = None
    results: list[TranscriptMessage] = []
    for message in messages:
        if message.role == "tool":
            results.append(message)
            continue
        if last is not None:
            yield from _turn(last, results)
        last, results = message, []
    if last is not None:
        yield from _turn(last, results)


def _turn(message: TranscriptMessage, results: list[TranscriptMessage]) -> Iterator[Said]:
    """A message with the results of its calls; nothing for an empty reply, or a result of no call."""
    if message.role in ("user", "system"):
        yield _said(message.role, message.content)
    elif message.role == "assistant":
        answers = {each.tool.call_id: each.content for each in results if each.tool}
        calls = [call for call in message.tool_calls if call.id in answers]
        if message.content or calls:
            yield _reply(message, calls)
        yield from ({**_said("tool", answers[call.id]), "tool_call_id": call.id} for call in calls)


def _reply(message: TranscriptMessage, calls: list[TranscriptCall]) -> Said:
    said = _said("assistant", message.content)
    if calls:
        said["tool_calls"] = [_call(call) for call in calls]
    if message.state != "complete" or message.reason == "length":
        said["weight"] = 0
    return said


def _call(call: TranscriptCall) -> Said:
    arguments = call.malformed or dumps(call.arguments, ensure_ascii=False)
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def _said(role: str, content: str) -> Said:
    return {"role": role, "content": content}


def _is_learned(said: Said) -> bool:
    return said["role"] == "assistant" and "weight" not in said and "tool_calls" not in said


def _json(said: Said) -> str:
    text = dumps(said, ensure_ascii=False, separators=(",", ":"))
    return _LINE_ENDS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
