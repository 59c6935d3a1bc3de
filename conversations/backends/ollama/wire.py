"""Ollama's wire format, both ways and without I/O: a request as JSON bytes, a stream's bytes as chat events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from conversations.backends.base import (
    BackendError,
    BackendLost,
    BackendRefused,
    ChatEvent,
    ChatMessage,
    ChatRequest,
    Delta,
    Finish,
    TokenLogprob,
    ToolCall,
    ToolSpec,
)
from conversations.backends.logprobs import LogprobReader
from conversations.backends.pieces import LINE_CAP, TOTAL_CAP, Lines, Seam, count, tool_call
from conversations.backends.refusals import error_from_line, excerpt
from conversations.backends.thinking import ThinkTag

ODD_LINES = 100

_decode = json.JSONDecoder().raw_decode


def request_body(request: ChatRequest) -> bytes:
    """The body of `POST /api/chat`: only what is set. Raises BackendRefused("refused") for what JSON cannot carry."""
    body: dict[str, object] = {
        "model": request.model_name,
        "messages": [_message(message) for message in request.messages],
        "stream": True,
    }
    if request.options:
        body["options"] = dict(request.options)
    given = {"think": request.think, "format": request.format, "truncate": request.truncate, "shift": request.shift}
    body |= {name: value for name, value in given.items() if value is not None}
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    if request.logprobs is not None:
        body["logprobs"] = True
        body |= {"top_logprobs": request.logprobs} if request.logprobs else {}
    if request.keep_alive is not None:
        body["keep_alive"] = keep_alive(request.keep_alive)
    try:
        return json.dumps(body, allow_nan=False).encode()
    except (ValueError, TypeError) as error:
        raise BackendRefused("refused", f"options: {error}") from error


def keep_alive(value: str | float) -> str | float:
    """A duration keeps its unit as a string; a bare number must be a JSON number: `"300"` would be a 400."""
    try:
        number = float(value)
    except ValueError:
        return str(value).strip()
    return int(number) if number.is_integer() else number


@dataclass(slots=True)
class _Read:
    """What the lines of one network read say."""

    content: list[str] = field(default_factory=list)
    thinking: list[str] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    sure: list[TokenLogprob] = field(default_factory=list)


class ReplyReader:
    """One streamed reply: feed it what the network gives, take the events, raise its `error` when there is one.

    All text of one feed comes as one Delta. An error line never swallows the text before it: `feed` returns
    the events, and `error` is set.
    """

    def __init__(self, line_cap: int = LINE_CAP, total_cap: int = TOTAL_CAP) -> None:
        self.error: BackendError | None = None
        self.finished = False
        self._lines = Lines(line_cap, total_cap)
        self._content = Seam()
        self._thinking = Seam()
        self._known = 0
        self._odd = 0
        self._odd_text = ""
        self._calls = 0
        self._tag = ThinkTag()
        self._logprobs = LogprobReader()

    @property
    def is_ending(self) -> bool:
        """Always false: the line that ends a reply has its metrics in it."""
        return False

    def feed(self, chunk: bytes) -> list[ChatEvent]:
        """The events of one network read."""
        block = self._lines.feed(chunk)
        if self._lines.is_too_long:
            self.error = BackendError("answer_too_long")
        return self._events(block) if block else []

    def end(self) -> list[ChatEvent]:
        """The events of a last line without newline. Sets `error` unless the server had said that it is done."""
        rest = self._lines.rest()
        events = self._events(rest) if rest and self.error is None else []
        if self.finished or self.error is not None:
            return events
        inline, said = self._split(self._content.rest(), is_last=True)
        thought = self._thinking.rest() + inline
        events += [Delta(said, thought)] if said or thought else []
        if self._known:
            self.error = BackendLost("upstream_lost", "the stream ended without “done”")
        else:
            self.error = BackendRefused("upstream_protocol", self._odd_text or "empty answer")
        return events

    def _events(self, block: bytes) -> list[ChatEvent]:
        read = _Read()
        finish: Finish | None = None
        for item in self._objects(block.decode("utf-8", "replace")):
            if item.get("error") is not None:
                self.error = error_from_line(item)
                break
            message = item.get("message")
            if type(message) is dict:
                self._known += 1
                self._take(item, message, read)
            if item.get("done") is True:
                finish = _finish(item)
                break
        events = self._deltas(read, is_last=finish is not None)
        if finish is not None:
            self.finished = True
            events.append(finish)
        return events

    def _deltas(self, read: _Read, *, is_last: bool) -> list[ChatEvent]:
        said = self._content.join(read.content, is_last=is_last) if read.content or is_last else ""
        thought = self._thinking.join(read.thinking, is_last=is_last) if read.thinking or is_last else ""
        if not self._tag.is_past:
            inline, said = self._split(said, is_last=is_last)
            thought += inline
        if not (said or thought or read.calls or read.sure):
            return []
        pieces = len(read.content) + len(read.thinking)
        return [Delta(said, thought, tuple(read.calls), tuple(read.sure), pieces=pieces)]

    def _objects(self, block: str) -> Iterator[dict[str, Any]]:
        for line in block.split("\n"):
            if not line:
                continue
            try:
                item, end = _decode(line)
            except (ValueError, RecursionError):
                yield from self._odd_objects(line)
                continue
            if type(item) is not dict:
                self._note_odd(line)
                continue
            yield item
            if end != len(line) and not line[end:].isspace():
                yield from self._odd_objects(line[end:])

    def _odd_objects(self, line: str) -> Iterator[dict[str, Any]]:
        # White space, CR, a byte order mark, or a second object on the same line.
        text = line.strip().lstrip("\ufeff").lstrip()
        while text:
            try:
                item, end = _decode(text)
            except (ValueError, RecursionError):
                self._note_odd(text)
                return
            if type(item) is dict:
                yield item
            else:
                self._note_odd(text)
            text = text[end:].lstrip()

    def _split(self, said: str, *, is_last: bool) -> tuple[str, str]:
        # Servers before 0.9 leave thinking in the text.
        return ("", said) if self._tag.is_past else self._tag.split(said, is_last=is_last)

    def _note_odd(self, line: str) -> None:
        self._odd += 1
        self._odd_text = self._odd_text or excerpt(line)
        if self._odd > ODD_LINES:
            self.error = BackendRefused("upstream_protocol", self._odd_text)

    def _take(self, item: dict[str, Any], message: dict[str, Any], read: _Read) -> None:
        text = message.get("content")
        if text and type(text) is str:
            read.content.append(text)
        thought = message.get("thinking")
        if thought and type(thought) is str:
            read.thinking.append(thought)
        # Of a line that is thinking alone they belong to no text that is shown.
        if "logprobs" in item and (text or not thought):
            read.sure += self._logprobs.take(item["logprobs"])
        found = message.get("tool_calls")
        for call in found if type(found) is list else ():
            function = call.get("function") if type(call) is dict else None
            if type(function) is dict:
                self._calls += 1
                given = call.get("id")
                read.calls.append(tool_call(given, function.get("name"), function.get("arguments"), self._calls))


def _message(message: ChatMessage) -> dict[str, object]:
    value: dict[str, object] = {"role": message.role, "content": message.content}
    if message.thinking:
        value["thinking"] = message.thinking
    if message.images:
        value["images"] = list(message.images)
    if message.tool_calls:
        value["tool_calls"] = [
            {"id": call.id, "function": {"index": at, "name": call.name, "arguments": dict(call.arguments)}}
            for at, call in enumerate(message.tool_calls)
        ]
    for name in ("tool_name", "tool_call_id"):
        if text := getattr(message, name):
            value[name] = text
    return value


def _tool(tool: ToolSpec) -> dict[str, object]:
    function = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    return {"type": "function", "function": function}


def _finish(item: dict[str, Any]) -> Finish:
    reason = item.get("done_reason")
    return Finish(
        reason=excerpt(reason)[:40] if isinstance(reason, str) and reason else "stop",
        prompt_tokens=count(item.get("prompt_eval_count")),
        reply_tokens=count(item.get("eval_count")),
        load_duration=count(item.get("load_duration")),
        prompt_duration=count(item.get("prompt_eval_duration")),
        reply_duration=count(item.get("eval_duration")),
        total_duration=count(item.get("total_duration")),
    )
