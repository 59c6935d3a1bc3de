"""One reply as an async generator: what the browser's runner, the API and the terminal all read."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from conversations.backends.base import (
    BackendRefused,
    ChatBackend,
    ChatMessage,
    ChatRequest,
    Delta,
    Finish,
    Phase,
    TokenLogprob,
)

_GO_ON = "Continue exactly where you stopped, in the middle of the sentence if need be. Repeat nothing."
_LONGEST_REPEAT = 400


@dataclass(frozen=True, slots=True)
class End:
    """The reply is whole: its finish reason, and its metrics (milliseconds, tokens; what is unknown is absent)."""

    reason: str
    metrics: dict[str, Any]


Step = Phase | Delta | End


async def stream(backend: ChatBackend, request: ChatRequest) -> AsyncGenerator[Step, None]:
    """Stream one reply with its phases and metrics. Ends with one `End`, or raises BackendError."""
    clock = _Clock()
    phase = ""
    async with aclosing(_continued(backend, request)) as events:
        async for event in events:
            if isinstance(event, Delta):
                clock.saw(event)
                doing = "writing" if event.content else "thinking"
                if doing != phase and (event.content or event.thinking):
                    phase = doing
                    yield Phase("writing") if event.content else Phase("thinking")
                yield event
            elif isinstance(event, Finish):
                yield End(event.reason, clock.metrics(event))
            else:
                yield event


async def _continued(backend: ChatBackend, request: ChatRequest) -> AsyncGenerator[Phase | Delta | Finish, None]:
    """The backend's events. A text to be continued is sent as the assistant's unfinished turn; a server that
    refuses that is asked in words, and what it repeats of the text is dropped."""
    prefix = request.messages[-1].content if request.messages and request.messages[-1].role == "assistant" else ""
    if not prefix:
        async with aclosing(backend.chat(request)) as events:
            async for event in events:
                yield event
        return
    try:
        async with aclosing(_without_repeat(backend, request, prefix)) as unfinished:
            async for event in unfinished:
                yield event
    except BackendRefused as refused:
        if refused.code != "refused":
            raise
        asked = replace(request, messages=[*request.messages, ChatMessage("user", _GO_ON)])
        async with aclosing(_without_repeat(backend, asked, prefix)) as reworded:
            async for event in reworded:
                yield event


async def _without_repeat(
    backend: ChatBackend, request: ChatRequest, prefix: str
) -> AsyncGenerator[Phase | Delta | Finish, None]:
    """The backend's events, less what they repeat of `prefix`: its end, or all of it from the start.

    Text is held back only while it still reads like such a repetition.
    """
    held, sure = "", list[TokenLogprob]()
    is_clear = False
    async with aclosing(backend.chat(request)) as events:
        async for event in events:
            if isinstance(event, Delta) and not is_clear:
                if event.thinking or event.tool_calls:
                    yield replace(event, content="", logprobs=())
                held += event.content
                sure += event.logprobs
                if not held or prefix.startswith(held) or held in prefix[-_LONGEST_REPEAT:]:
                    continue
                is_clear = True
                yield _new(prefix, held, sure)
            else:
                if isinstance(event, Finish) and not is_clear and held:
                    yield _new(prefix, held, sure)
                yield event


def _new(prefix: str, text: str, sure: list[TokenLogprob]) -> Delta:
    """What of `text` is no repetition, with the probabilities of its tokens."""
    repeated = _repeated(prefix, text)
    left, at = [], 0
    for token in sure:
        if at >= repeated:
            left.append(token)
        at += len(token.token)
    return Delta(text[repeated:], logprobs=tuple(left))


def _repeated(prefix: str, text: str) -> int:
    """How many characters at the start of `text` are `prefix` again, or its end (a dozen at least)."""
    if text.startswith(prefix):
        return len(prefix)
    for length in range(min(len(prefix), len(text), _LONGEST_REPEAT), 11, -1):
        if prefix.endswith(text[:length]):
            return length
    return 0


class _Clock:
    """Times of one reply, by the monotonic clock."""

    def __init__(self) -> None:
        self._asked = time.monotonic()
        self._first: float | None = None
        self._first_content: float | None = None
        self._first_thinking: float | None = None

    def saw(self, delta: Delta) -> None:
        """Text came."""
        if self._first_content is not None:
            return
        now = time.monotonic()
        if self._first is None:
            self._first = now
        if delta.content:
            self._first_content = now
        elif delta.thinking and self._first_thinking is None:
            self._first_thinking = now

    def metrics(self, finish: Finish) -> dict[str, Any]:
        """What is known, for people: milliseconds and tokens a second."""
        now = time.monotonic()
        per_second = None
        if finish.reply_tokens and finish.reply_duration:
            per_second = round(finish.reply_tokens / finish.reply_duration * 1e9, 1)
        thought = None
        if self._first_thinking is not None:
            thought = (self._first_content or now) - self._first_thinking
        found = {
            "reply_tokens": finish.reply_tokens,
            "prompt_tokens": finish.prompt_tokens,
            "tokens_per_second": per_second,
            "first_ms": _milliseconds(self._first - self._asked) if self._first else None,
            "thinking_ms": _milliseconds(thought),
            "total_ms": _milliseconds(now - self._asked),
            "load_ms": _from_nanoseconds(finish.load_duration),
            "prompt_ms": _from_nanoseconds(finish.prompt_duration),
            "reply_ms": _from_nanoseconds(finish.reply_duration),
        }
        return {name: value for name, value in found.items() if value is not None}


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def _from_nanoseconds(duration: int | None) -> int | None:
    return None if duration is None else round(duration / 1e6)
