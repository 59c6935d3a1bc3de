"""What the test upstream is told to answer (`Plan`), and what it has seen (`Call`)."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

Ending = Literal["done", "eof", "error", "reset", "truncate", "stall"]
Framing = Literal["chunked", "close", "length"]


@dataclass(frozen=True, slots=True)
class Plan:
    """One answer to `/api/chat`.

    A str is cut into tokens of one word; a sequence is sent as it is. `rate` is tokens a second (0: as fast as
    it goes). `wait` seconds pass before the headers. At `hold` tokens (0: before the headers) the answer waits
    for `Upstream.release()`. After `stop_after` tokens the `end` comes at once. With `status` other than 200 or
    with `body`, those bytes are the answer, verbatim, written in pieces cut at `cuts`.
    """

    text: str | Sequence[str] = "Good morning to you all"
    thinking: str | Sequence[str] = ""
    tool_calls: Sequence[Mapping[str, object]] = ()
    rate: float = 0.0
    wait: float = 0.0
    hold: int | None = None
    stop_after: int | None = None
    end: Ending = "done"
    error: object = "an error was encountered while running the model: CUDA error"
    reason: str = "stop"
    done: Mapping[str, object] = field(default_factory=dict)
    status: int = 200
    body: bytes | None = None
    cuts: Sequence[int] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    framing: Framing = "chunked"

    def messages(self) -> list[dict[str, object]]:
        """The `message` of every line before the last one."""
        role = {"role": "assistant", "content": ""}
        lines: list[dict[str, object]] = [{**role, "thinking": token} for token in tokens(self.thinking)]
        lines += [{**role, "content": token} for token in tokens(self.text)]
        if self.tool_calls:
            lines.append({**role, "tool_calls": list(self.tool_calls)})
        return lines if self.stop_after is None else lines[: self.stop_after]

    def pieces(self) -> list[bytes]:
        """`body`, cut."""
        body = self.body or b""
        edges = [0, *self.cuts, len(body)]
        return [body[start:end] for start, end in pairwise(edges) if start < end]


@dataclass(eq=False, slots=True)
class Call:
    """One request as the upstream saw it. `fate` tells how it ended: by the answer, or closed by the client."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)
    ended_at: float | None = None
    sent: int = 0
    fate: Literal["running", "answered", "closed"] = "running"
    released: threading.Event = field(default_factory=threading.Event)
    _value: dict[str, Any] | None = None

    @property
    def value(self) -> dict[str, Any]:
        """The body as JSON; {} for anything else."""
        if self._value is None:
            try:
                found = json.loads(self.body)
            except ValueError:
                found = {}
            self._value = found if isinstance(found, dict) else {}
        return self._value

    @property
    def model(self) -> str:
        """The model that was asked for."""
        return str(self.value.get("model", ""))

    @property
    def prompt(self) -> str:
        """The last message's text, or the one prompt."""
        if "prompt" in self.value:
            return str(self.value["prompt"])
        messages = self.value.get("messages") or [{}]
        return str(messages[-1].get("content", ""))

    @property
    def is_title(self) -> bool:
        """Whether a title is wanted, which the site asks for by itself after a conversation's first reply."""
        return self.prompt.startswith("Write a title for")


def tokens(text: str | Sequence[str]) -> list[str]:
    """A str as tokens of one word with the white space before it."""
    return re.findall(r"\s*\S+\s*$|\s*\S+", text) if isinstance(text, str) else list(text)


def line(model: str, message: Mapping[str, object], **rest: object) -> bytes:
    """One line of a stream, as Go writes it."""
    value = {"model": model, "created_at": "2026-11-21T00:00:00.123456789Z", "message": message, "done": False, **rest}
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"
