"""The stream of `POST /v1/chat/completions` as chat events, in all its dialects (protocol page §§3.3, 3.4). No I/O."""

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
    Delta,
    Finish,
    TokenLogprob,
    ToolCall,
)
from conversations.backends.logprobs import LogprobReader
from conversations.backends.pieces import LINE_CAP, TOTAL_CAP, Seam, count, tool_call
from conversations.backends.refusals import error_from_line, excerpt
from conversations.backends.sse import ERROR, Event, EventStream
from conversations.backends.thinking import ThinkTag

ODD_EVENTS = 100
DONE = "[DONE]"
# With these a server says that it could not go on, in the place where others say why they stopped.
FAILED_REASONS = frozenset({"error", "abort", "insufficient_system_resource", "network_error"})


class ReplyReader:
    """One streamed reply; see `exchange.Reader`.

    A reply is whole by a finish reason or `[DONE]`, unless an error came before `[DONE]`. Tool calls come in
    fragments and are given as one Delta at the end.
    """

    def __init__(self, line_cap: int = LINE_CAP, total_cap: int = TOTAL_CAP) -> None:
        self.error: BackendError | None = None
        self.finished = False
        self._stream = EventStream(line_cap, total_cap)
        self._content = Seam()
        self._thinking = Seam()
        self._tag = ThinkTag()
        self._calls = _Calls()
        self._logprobs = LogprobReader()
        self._sure: list[TokenLogprob] = []
        self._reason = ""
        self._usage: dict[str, Any] = {}
        self._timings: dict[str, Any] = {}
        self._known = 0
        self._odd = 0
        self._odd_text = ""

    @property
    def is_ending(self) -> bool:
        """Whether a finish reason came; usage and `[DONE]` may follow, or nothing."""
        return self._reason != ""

    def feed(self, chunk: bytes) -> list[ChatEvent]:
        """The events of one network read."""
        found = self._stream.feed(chunk)
        events = self._events(found) if found else []
        if self._stream.is_too_long and not self.finished:
            self.error = self.error or BackendError("answer_too_long")
        return events

    def end(self) -> list[ChatEvent]:
        """The events of what no blank line has ended. Sets `error` unless the reply is whole."""
        if self.finished or self.error is not None:
            return []
        return self._events(self._stream.end(), is_end=True)

    def _events(self, found: list[Event], *, is_end: bool = False) -> list[ChatEvent]:
        content: list[str] = []
        thinking: list[str] = []
        is_done = False
        for name, data in found:
            if data.startswith(DONE):
                is_done = True
            else:
                for item in self._items(name, data):
                    self._take(item, content, thinking)
            if is_done or self.error is not None:
                break
        self.finished = self.error is None and (is_done or (is_end and self.is_ending))
        is_last = is_end or self.finished or self.error is not None
        said, thought = self._text(content, thinking, is_last=is_last)
        calls = self._calls.all() if self.finished else ()
        sure, self._sure = tuple(self._sure), []
        events: list[ChatEvent] = []
        if said or thought or calls or sure:
            events.append(Delta(said, thought, calls, sure, pieces=len(content) + len(thinking)))
        if self.finished:
            events.append(self._finish())
        elif is_end and self.error is None:
            self.error = self._broken_off()
        return events

    def _text(self, content: list[str], thinking: list[str], *, is_last: bool) -> tuple[str, str]:
        """What is said and what is thought, cleaned, with an inline `<think>` taken out."""
        thought = self._thinking.join(thinking, is_last=is_last) if thinking or is_last else ""
        said = self._content.join(content, is_last=is_last) if content or is_last else ""
        if self._tag.is_past:
            return said, thought
        inline, said = self._tag.split(said, is_last=is_last)
        return said, thought + inline

    def _items(self, name: str, data: str) -> Iterator[dict[str, Any]]:
        """The JSON objects of an event: one, or with a server that leaves out the blank lines, one a line."""
        try:
            values = [json.loads(data)]
        except (ValueError, RecursionError):
            lines = data.split("\n")
            values = [_loads(line) for line in lines if line.strip()] if len(lines) > 1 else [None]
        for value in values:
            if name == ERROR and not (isinstance(value, dict) and value.get("error")):
                yield {"error": value or data}
            elif isinstance(value, dict):
                yield value
            else:
                self._note_odd(data)

    def _take(self, item: dict[str, Any], content: list[str], thinking: list[str]) -> None:
        if self.error is not None:
            return
        if type(usage := item.get("usage")) is dict:
            self._usage = usage
        if type(timings := item.get("timings")) is dict:
            self._timings = timings
        choices = item.get("choices")
        choice = choices[0] if type(choices) is list and choices else None
        if type(choice) is dict:
            self._known += 1
            self._take_choice(choice, content, thinking)
        if _is_error(item):
            self.error = error_from_line(item)
        elif type(choice) is dict and type(choice.get("error")) is dict:
            self.error = error_from_line(choice)
        elif self._reason in FAILED_REASONS:
            self.error = BackendRefused("upstream_error", f"finish_reason: {self._reason}")

    def _take_choice(self, choice: dict[str, Any], content: list[str], thinking: list[str]) -> None:
        delta = choice.get("delta")
        if type(delta) is not dict:
            delta = choice.get("message")  # a whole answer, from a server that does not stream
        if type(delta) is dict:
            text = delta.get("content")
            if text and type(text) is str:
                content.append(text)
            if len(delta) > 1 or not text or type(text) is not str:
                self._take_rest(delta, content, thinking)
        if (sure := choice.get("logprobs")) and not (type(delta) is dict and _is_thought(delta)):
            self._sure += self._logprobs.take(sure)
        reason = choice.get("finish_reason")
        if reason and type(reason) is str and not self._reason:
            self._reason = excerpt(reason)[:40] or "stop"

    def _take_rest(self, delta: dict[str, Any], content: list[str], thinking: list[str]) -> None:
        if type(parts := delta.get("content")) is list:
            content += [part["text"] for part in parts if type(part) is dict and type(part.get("text")) is str]
        if (refusal := delta.get("refusal")) and type(refusal) is str:
            content.append(refusal)
        # Some servers send both keys with the same text.
        reasoning = delta.get("reasoning") or delta.get("reasoning_content")
        if reasoning and type(reasoning) is str:
            thinking.append(reasoning)
        self._calls.take(delta.get("tool_calls"))

    def _finish(self) -> Finish:
        timings, usage = self._timings, self._usage
        prompt = count(usage.get("prompt_tokens"))
        reply = count(usage.get("completion_tokens"))
        return Finish(
            reason=self._reason or "stop",
            prompt_tokens=prompt if prompt is not None else count(timings.get("prompt_n")),
            reply_tokens=reply if reply is not None else count(timings.get("predicted_n")),
            prompt_duration=_nanoseconds(timings.get("prompt_ms")),
            reply_duration=_nanoseconds(timings.get("predicted_ms")),
        )

    def _broken_off(self) -> BackendError:
        if self._known:
            return BackendLost("upstream_lost", "the stream ended without a finish reason")
        return BackendRefused("upstream_protocol", self._odd_text or "empty answer")

    def _note_odd(self, text: str) -> None:
        self._odd += 1
        self._odd_text = self._odd_text or excerpt(text)
        if self._odd > ODD_EVENTS:
            self.error = BackendRefused("upstream_protocol", self._odd_text)


@dataclass(slots=True)
class _Call:
    """A tool call on its way."""

    id: str
    index: int | None
    name: str
    arguments: list[str] = field(default_factory=list)


class _Calls:
    """Tool calls joined from their fragments, which belong together by id, else by index, else by following."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []

    def take(self, fragments: object) -> None:
        """The `tool_calls` of one delta; anything else is ignored."""
        for fragment in fragments if isinstance(fragments, list) else ():
            function = fragment.get("function") if isinstance(fragment, dict) else None
            if isinstance(function, dict):
                arguments = function.get("arguments")
                text = arguments if isinstance(arguments, str) else json.dumps(arguments) if arguments else ""
                name = function.get("name")
                call = self._call(fragment.get("id"), fragment.get("index"), name if isinstance(name, str) else "")
                call.arguments.append(text)

    def all(self) -> tuple[ToolCall, ...]:
        """All calls, whole."""
        return tuple(
            tool_call(call.id, call.name, "".join(call.arguments), number)
            for number, call in enumerate(self._calls, start=1)
        )

    def _call(self, given: object, index: object, name: str) -> _Call:
        identity = given if isinstance(given, str) else ""
        place = index if type(index) is int else None
        found = next((call for call in reversed(self._calls) if _is_part(call, identity, place, name)), None)
        if found is None:
            found = _Call(identity, place, name)
            self._calls.append(found)
        found.id, found.name = found.id or identity, found.name or name
        return found


def _is_part(call: _Call, identity: str, index: int | None, name: str) -> bool:
    if identity and call.id:
        return call.id == identity
    if index is not None and call.index is not None:
        return call.index == index
    # Neither counts: only a fragment without a name goes on with what came before.
    return not name


def _is_thought(delta: dict[str, Any]) -> bool:
    return not delta.get("content") and bool(delta.get("reasoning") or delta.get("reasoning_content"))


def _is_error(item: dict[str, Any]) -> bool:
    return bool(item.get("error")) or item.get("object") == "error" or ("detail" in item and "choices" not in item)


def _nanoseconds(milliseconds: object) -> int | None:
    whole = count(milliseconds * 1e6 if isinstance(milliseconds, (int, float)) else None)
    return whole or None


def _loads(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
