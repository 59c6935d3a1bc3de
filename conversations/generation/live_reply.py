"""A reply while it is being written: its text in memory, and the way of each new piece to those who look on.

Pieces leave at once when the last one left a window ago, otherwise they are joined until the next tick of the pump.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Literal
from uuid import UUID

from conversations.backends import base
from conversations.backends.base import Delta, ToolCall
from conversations.live.broadcasts import Hub, conversation_topic
from conversations.live.protocol.events import ReplyPhase, ReplyText
from conversations.telemetry.measured import EndedReply
from conversations.text import clean_text

Part = Literal["content", "thinking"]
# A tool's call also waits for a person's approval, or runs.
PhaseName = base.PhaseName | Literal["approval", "running"]
_encode = json.JSONEncoder(ensure_ascii=False).encode
SHORTEST_WINDOW = 0.016
LONGEST_WINDOW = 0.050
# Of the process's time, for what one reply has to tell its viewers: with many of them, more is joined.
SHARE = 0.1
# So short that a tab acknowledges (every 64 kB) long before it counts as behind (256 kB).
LONGEST_DELTA = 8000


@dataclass(slots=True)
class Text:
    """Text that grows at its end: `length` in code points, `sent` of them have left."""

    pieces: list[str] = field(default_factory=list)
    length: int = 0
    sent: int = 0
    unsent: list[str] = field(default_factory=list)

    def append(self, piece: str) -> None:
        """Add to the end."""
        self.pieces.append(piece)
        self.unsent.append(piece)
        self.length += len(piece)

    def whole(self) -> str:
        """All of it."""
        if len(self.pieces) > 1:
            self.pieces = ["".join(self.pieces)]
        return self.pieces[0] if self.pieces else ""

    def take_unsent(self) -> tuple[int, str]:
        """The offset and text of what has not left yet, which counts as sent from now on."""
        at, text = self.sent, "".join(self.unsent)
        self.sent = self.length
        self.unsent.clear()
        return at, text


@dataclass(eq=False, slots=True)
class LiveReply:
    """A running reply of this process, or a running call of a tool, whose text is its result.

    `is_dirty` when its text has changed since the last checkpoint; `approves` when a person can be asked about calls;
    `thought_at` and `said_at` when the first of its thinking and of its content came (monotonic).
    """

    id: int
    conversation: UUID
    user: int
    asked_at: float = field(default_factory=time.monotonic)
    content: Text = field(default_factory=Text)
    thinking: Text = field(default_factory=Text)
    phase: PhaseName = "queued"
    position: int | None = None
    turn_at: float | None = None
    """When its turn begins, as far as that can be told (monotonic)."""
    is_dirty: bool = False
    tokens: int = 0
    first_ms: int | None = None
    thought_at: float | None = None
    said_at: float | None = None
    left_at: float = 0.0
    rest: float = 0.0
    """Seconds from its last frames to the next ones, at least."""
    stop_at: int | None = None
    is_stopped: bool = False
    is_ending: bool = False
    has_begun: bool = False
    server: str = ""
    """The backend that writes it, or is asked to."""
    before: dict[str, Any] = field(default_factory=dict)
    """The figures of the runs before this one, of a reply that is continued."""
    approves: bool = False
    counts: int = 0
    """How many messages of the user's day are counted with its end."""
    tool_calls: list[ToolCall] = field(default_factory=list)
    logprobs: list[dict[str, Any]] = field(default_factory=list)
    """`{"token", "logprob", "top"}` of each token, as they are stored."""
    topic: str = field(init=False)
    """Where its events go."""
    _delta: str = field(init=False)

    def __post_init__(self) -> None:
        self.topic = conversation_topic(self.conversation)
        self._delta = f'{{"type":"reply.delta","conversation":"{self.conversation}","reply":{self.id},"part":'

    def append(self, delta: Delta) -> None:
        """Take in what the backend sent."""
        if delta.thinking:
            self.thinking.append(delta.thinking)
            if self.thought_at is None:
                self.thought_at = time.monotonic()
        if delta.content:
            self.content.append(delta.content)
            if self.said_at is None:
                self.said_at = time.monotonic()
        if delta.tool_calls:
            self.tool_calls += delta.tool_calls
        for each in delta.logprobs:
            top = [[clean_text(token), logprob] for token, logprob in each.top]
            self.logprobs.append({"token": clean_text(each.token), "logprob": each.logprob, "top": top})
        if self.first_ms is None:
            self.first_ms = self.elapsed
        self.tokens += delta.pieces
        self.is_dirty = True

    def set_prefix(self, content: str, thinking: str) -> None:
        """The text that a continued reply has already; its readers have it too."""
        for text, prefix in ((self.content, content), (self.thinking, thinking)):
            if prefix:
                text.append(prefix)
                text.take_unsent()

    def kept_content(self) -> str:
        """The text, cut where the person who stopped it stopped seeing it."""
        return self.content.whole()[: self.stop_at]

    def kept_logprobs(self) -> list[dict[str, Any]] | None:
        """Those of the tokens that are kept; None when nobody asked for any."""
        if self.stop_at is None:
            return self.logprobs or None
        ends = accumulate(len(each["token"]) for each in self.logprobs)
        return [each for each, end in zip(self.logprobs, ends, strict=True) if end <= self.stop_at] or None

    def metrics(self) -> dict[str, Any]:
        """What is known of a reply whose server had no chance to tell: about how many tokens, and the times."""
        if self.first_ms is None:
            return {}
        found = {"reply_tokens": self.tokens, "first_ms": self.first_ms, "total_ms": self.elapsed}
        if self.thought_at is not None:
            found["thinking_ms"] = round(((self.said_at or time.monotonic()) - self.thought_at) * 1000)
        return found

    def ended(self, state: str, code: str) -> EndedReply:
        """The figures of its end; `code` is that of its error."""
        return EndedReply(self.id, state, self.server, self.tokens, self.first_ms, self.elapsed, code)

    def as_text(self, content_at: int = 0, thinking_at: int = 0) -> ReplyText:
        """Everything from these offsets on, and what it is doing."""
        return ReplyText(
            conversation=self.conversation,
            reply=self.id,
            state="streaming" if self.content.length or self.thinking.length else "queued",
            phase=self.phase,
            position=self.position,
            wait=self.wait,
            elapsed=self.elapsed,
            content_at=min(content_at, self.content.length),
            content=self.content.whole()[content_at:],
            thinking_at=min(thinking_at, self.thinking.length),
            thinking=self.thinking.whole()[thinking_at:],
        )

    def as_phase(self) -> ReplyPhase:
        """What it is doing, for those who look on."""
        return ReplyPhase(
            conversation=self.conversation,
            reply=self.id,
            phase=self.phase,
            position=self.position,
            wait=self.wait,
            elapsed=self.elapsed,
        )

    def wait_for(self, position: int, seconds: float | None) -> None:
        """It stands there in the line, for so long, where that is known."""
        self.position = position
        self.turn_at = None if seconds is None else time.monotonic() + seconds

    @property
    def wait(self) -> int | None:
        """Seconds until its turn, where they are known and not over."""
        if self.position is None or self.turn_at is None:
            return None
        return max(1, round(left)) if (left := self.turn_at - time.monotonic()) > 0 else None

    @property
    def elapsed(self) -> int:
        """Milliseconds since it was asked for."""
        return round((time.monotonic() - self.asked_at) * 1000)

    def frames(self) -> list[str]:
        """What has not left yet, as encoded `reply.delta` events (by hand: this is the path of every token)."""
        found = []
        part: Part
        for part, text in (("thinking", self.thinking), ("content", self.content)):
            if text.unsent:
                at, piece = text.take_unsent()
                found += [
                    f'{self._delta}"{part}","at":{at + cut},"text":{_encode(piece[cut : cut + LONGEST_DELTA])}}}'
                    for cut in range(0, len(piece), LONGEST_DELTA)
                ]
        return found


class Pump:
    """Sends the unsent text of all live replies of a process in ticks; the ticks grow longer under load."""

    def __init__(self, hub: Hub) -> None:
        self.window = SHORTEST_WINDOW
        self._hub = hub
        self._waiting: dict[LiveReply, None] = {}
        self._wake = asyncio.Event()

    async def push(self, reply: LiveReply) -> None:
        """There is new text: it leaves now when the line was idle, else with the next tick."""
        now = time.monotonic()
        if reply not in self._waiting and now - reply.left_at > max(self.window, reply.rest) and not self._hub.is_slow:
            await self.flush(reply)
        else:
            self._waiting[reply] = None
            self._wake.set()

    async def flush(self, reply: LiveReply) -> None:
        """Everything of `reply` leaves now."""
        self._waiting.pop(reply, None)
        reply.left_at = time.monotonic()
        for frame in reply.frames():
            await self._hub.publish_frame(reply.topic, frame, is_delta=True)
        reply.rest = min(LONGEST_WINDOW, (time.monotonic() - reply.left_at) / SHARE)

    async def run(self) -> None:
        """Tick while there is something to send."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(self.window)
            self._wake.clear()
            started = time.monotonic()
            for reply in tuple(self._waiting):
                if started - reply.left_at >= reply.rest:
                    await self.flush(reply)
                else:
                    self._wake.set()
            await self._hub.settle()
            busy = time.monotonic() - started
            self.window = min(LONGEST_WINDOW, max(SHORTEST_WINDOW, 4 * busy))
