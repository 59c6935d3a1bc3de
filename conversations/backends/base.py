"""What every backend speaks: the values of a chat, the interface, and the tree of its errors.

A backend is one module with one async generator to write. It knows neither the database nor the browser.

    BackendError          the reply ends `failed`
    ├── BackendDown       nobody answers at the address
    ├── BackendRefused    the server answered, and the answer is no
    └── BackendLost       it began and broke off: the reply ends `interrupted`, its text is kept
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

RoleName = Literal["system", "user", "assistant", "tool"]
Think = bool | Literal["low", "medium", "high", "max"] | None
PhaseName = Literal["queued", "loading", "reading", "thinking", "writing"]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function the model asks for; `arguments` is an object, as Ollama's API wants it.

    `malformed` is what a model wrote instead of an object; `arguments` is empty then.
    """

    id: str
    name: str
    arguments: Mapping[str, object]
    malformed: str = ""


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A function that a model may ask for; `parameters` is the JSON schema of its arguments (an object's)."""

    name: str
    description: str
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """How sure the model was of a token: natural logarithm of its probability, and of those it preferred less."""

    token: str
    logprob: float
    top: Sequence[tuple[str, float]] = ()


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One turn as a model is sent it. `images` are bare base64 strings; a tool's answer names its tool and call."""

    role: RoleName
    content: str
    thinking: str = ""
    images: Sequence[str] = ()
    tool_calls: Sequence[ToolCall] = ()
    tool_name: str = ""
    tool_call_id: str = ""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One question to a model: the path's messages, and the settings that were set (nothing is sent that is not).

    `format` is "json" or a JSON schema; `logprobs` how many alternatives of each token are wanted (0: only its own).
    """

    model_name: str
    messages: Sequence[ChatMessage]
    options: Mapping[str, object] = field(default_factory=dict)
    think: Think = None
    keep_alive: str | float | None = None
    format: Literal["json"] | Mapping[str, object] | None = None
    tools: Sequence[ToolSpec] = ()
    logprobs: int | None = None
    truncate: bool | None = None
    shift: bool | None = None


@dataclass(frozen=True, slots=True)
class Phase:
    """What a reply that has no text yet is waiting for."""

    name: PhaseName


@dataclass(frozen=True, slots=True)
class Delta:
    """New text, to be appended. Those of one network read may come joined: `pieces` of them, about as many tokens."""

    content: str = ""
    thinking: str = ""
    tool_calls: Sequence[ToolCall] = ()
    logprobs: Sequence[TokenLogprob] = ()
    pieces: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Finish:
    """The server said that it is done. Durations are nanoseconds; None is unknown, not zero."""

    reason: str = "stop"
    prompt_tokens: int | None = None
    reply_tokens: int | None = None
    load_duration: int | None = None
    prompt_duration: int | None = None
    reply_duration: int | None = None
    total_duration: int | None = None


ChatEvent = Phase | Delta | Finish


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One model of a backend. `capabilities` is None where the server does not tell.

    `defaults` are an administrator's, as far as set: `sampling`, `system_prompt`, `think`.
    """

    name: str
    capabilities: frozenset[str] | None = None
    context_length: int | None = None
    parameter_size: str = ""
    quantization: str = ""
    family: str = ""
    size: int | None = None
    digest: str = ""
    note: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def can(self, capability: str) -> bool:
        """Whether the model is known to have `capability` (`thinking`, `vision`, `tools` …)."""
        return self.capabilities is not None and capability in self.capabilities


class ChatBackend(Protocol):
    """A server that runs models. One instance per process and event loop."""

    name: str
    address: str

    async def models(self) -> list[ModelInfo]:
        """The models it offers now. Raises BackendError."""
        ...

    def chat(self, request: ChatRequest) -> AsyncGenerator[ChatEvent, None]:
        """Stream one reply. Ends after exactly one `Finish`, or raises BackendError.

        Closing the generator (or cancelling the task that reads it) closes the connection, which is
        the only way to stop a model server.
        """
        ...

    async def aclose(self) -> None:
        """Give back its connections."""
        ...


class BackendError(Exception):
    """A reply or a listing failed. `code` names the plain text in `conversations.faults`.

    `detail` is the server's own words, untrusted, for the folded part; `retry_after` is in seconds; `status` is
    the HTTP status of an answer that was a refusal.
    """

    def __init__(
        self, code: str, detail: str = "", *, retry_after: float | None = None, status: int | None = None
    ) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.retry_after = retry_after
        self.status = status


class BackendDown(BackendError):
    """Nobody answers: refused, no route, unknown name, or no first byte in time."""


class BackendRefused(BackendError):
    """The server answered with an error, before or after the first token."""


class BackendLost(BackendError):
    """The stream broke off: reset, end without `done`, or silence past the watchdog."""
