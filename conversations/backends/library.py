"""What a backend's library speaks: installed, running and shown models, transfers with their progress, one-shot calls.

`library_of(backend)` is the way in. A backend that cannot do something raises BackendRefused("library_unsupported").
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, runtime_checkable

from conversations.backends.base import BackendRefused, ChatBackend, ChatEvent, Think

Ability = Literal["running", "show", "load", "pull", "push", "create", "copy", "delete", "embed", "generate", "raw"]
"""`raw`: a prompt that is no chat (`suffix`, `raw`, `template`), and a say in how long the model stays."""


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model that a backend has. `size` is bytes; what the server does not tell is None or empty.

    `capabilities` is None when they are unknown, which is not the same as none.
    """

    name: str
    size: int | None = None
    family: str = ""
    parameter_size: str = ""
    quantization: str = ""
    context_length: int | None = None
    capabilities: frozenset[str] | None = None
    modified_at: datetime | None = None
    digest: str = ""
    remote_host: str = ""


@dataclass(frozen=True, slots=True)
class RunningModel:
    """A model in memory: `size` bytes in all, `vram` of them on GPUs. `expires_at` None: it stays for good."""

    name: str
    size: int
    vram: int
    expires_at: datetime | None = None
    context_length: int | None = None
    digest: str = ""

    @property
    def processor(self) -> str:
        """The split as `ollama ps` prints it: `100% GPU`, `100% CPU`, `48%/52% CPU/GPU`; empty when unknown."""
        if self.size <= 0:
            return ""
        gpu = round(min(self.vram, self.size) / self.size * 100)
        if gpu in (0, 100):
            return f"100% {'GPU' if gpu else 'CPU'}"
        return f"{100 - gpu}%/{gpu}% CPU/GPU"


@dataclass(frozen=True, slots=True)
class ShownModel:
    """All that a server says of a model. `parameters` is text, a name and a value a line.

    Of the tensors only the number; `info` without long arrays; texts are cut at 64 KiB (licences can be huge).
    """

    name: str
    modelfile: str = ""
    parameters: str = ""
    template: str = ""
    system: str = ""
    license: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    info: Mapping[str, Any] = field(default_factory=dict)
    messages: Sequence[Mapping[str, str]] = ()
    capabilities: frozenset[str] | None = None
    tensors: int = 0
    modified_at: datetime | None = None
    requires: str = ""
    context_length: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """One line of a pull, push or create. With a `digest` it is about one layer; numbers are bytes.

    `total` and `completed` are 0 until they are known.
    """

    status: str
    digest: str = ""
    total: int = 0
    completed: int = 0


@dataclass(frozen=True, slots=True)
class CreateRequest:
    """A new model `name` from the installed (or else pulled) `source`; what is not set is the source's."""

    name: str
    source: str
    system: str | None = None
    template: str | None = None
    parameters: Mapping[str, object] = field(default_factory=dict)
    messages: Sequence[Mapping[str, str]] = ()
    license: str | None = None
    quantize: str | None = None


@dataclass(frozen=True, slots=True)
class EmbedRequest:
    """Texts to be turned into vectors; `truncate` False makes one that is too long an error."""

    model_name: str
    texts: Sequence[str]
    truncate: bool | None = None
    dimensions: int | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    keep_alive: str | float | None = None


@dataclass(frozen=True, slots=True)
class Embedding:
    """A vector for each text, in their order. Durations are nanoseconds; None is unknown."""

    vectors: Sequence[Sequence[float]]
    prompt_tokens: int | None = None
    total_duration: int | None = None
    load_duration: int | None = None


@dataclass(frozen=True, slots=True)
class GenerateRequest:
    """One prompt without a conversation. With `suffix` the model fills in between; `raw` bypasses the template.

    `images` are bare base64 strings; `logprobs` is how many alternatives of each token are wanted (0: only its own).
    """

    model_name: str
    prompt: str
    suffix: str | None = None
    system: str | None = None
    template: str | None = None
    raw: bool = False
    images: Sequence[str] = ()
    format: Literal["json"] | Mapping[str, object] | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    think: Think = None
    keep_alive: str | float | None = None
    logprobs: int | None = None
    truncate: bool | None = None
    shift: bool | None = None


class LibraryBackend(Protocol):
    """The models of one server. Every method raises BackendError; closing a generator closes its connection."""

    abilities: frozenset[Ability]

    async def installed(self) -> list[InstalledModel]:
        """What it has, the newest first."""
        ...

    async def running(self) -> list[RunningModel]:
        """What is in memory now, the one that stays longest first."""
        ...

    async def show(self, model_name: str) -> ShownModel:
        """All about one model."""
        ...

    async def load(self, model_name: str, keep_alive: str | float | None = None) -> None:
        """Bring a model into memory; may take minutes."""
        ...

    async def unload(self, model_name: str) -> None:
        """Give its memory back as soon as its running replies have ended."""
        ...

    async def copy(self, source: str, name: str) -> None:
        """Give an installed model a second name."""
        ...

    async def delete(self, model_name: str) -> None:
        """Remove it; data that no other model uses goes with it."""
        ...

    def pull(self, model_name: str, *, insecure: bool = False) -> AsyncGenerator[Progress, None]:
        """Download. Ends only on success. A server keeps what it has of a broken-off pull and goes on from there."""
        ...

    def push(self, model_name: str, *, insecure: bool = False) -> AsyncGenerator[Progress, None]:
        """Upload. Ends only on success."""
        ...

    def create(self, request: CreateRequest) -> AsyncGenerator[Progress, None]:
        """Make a model from another. Ends only on success."""
        ...

    async def embed(self, request: EmbedRequest) -> Embedding:
        """Texts as vectors."""
        ...

    def generate(self, request: GenerateRequest) -> AsyncGenerator[ChatEvent, None]:
        """Stream the answer to one prompt. Ends after exactly one `Finish`."""
        ...


@runtime_checkable
class _HasLibrary(Protocol):
    library: LibraryBackend


def library_of(backend: ChatBackend) -> LibraryBackend:
    """The library of a backend. Raises BackendRefused("library_unsupported") for one without."""
    if not isinstance(backend, _HasLibrary):
        raise unsupported("a library")
    return backend.library


def unsupported(what: str) -> BackendRefused:
    """The error of a backend that has no such ability."""
    return BackendRefused("library_unsupported", what)
