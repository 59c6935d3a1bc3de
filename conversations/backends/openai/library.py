"""What an OpenAI-compatible server has of a library: a list, `POST /embeddings`, and single prompts as chats."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Protocol

from conversations.backends.base import BackendRefused, ChatEvent, ChatMessage, ChatRequest, ModelInfo
from conversations.backends.library import (
    Ability,
    CreateRequest,
    Embedding,
    EmbedRequest,
    GenerateRequest,
    InstalledModel,
    Progress,
    RunningModel,
    ShownModel,
    unsupported,
)
from conversations.backends.pieces import count, vectors

# The first texts may wait for the model to load.
SLOW_SECONDS = 300.0


class Ask(Protocol):
    """How the backend asks: a path below its address, a body, and how many seconds the answer may take."""

    async def __call__(self, path: str, value: Mapping[str, object], seconds: float) -> object:
        """The answer's JSON value. Raises BackendError."""
        ...


class OpenAILibrary:
    """The library of one server; what its API has no way for is refused by name."""

    abilities: frozenset[Ability] = frozenset(("embed", "generate"))

    def __init__(
        self,
        models: Callable[[], Awaitable[list[ModelInfo]]],
        chat: Callable[[ChatRequest], AsyncGenerator[ChatEvent, None]],
        ask: Ask,
    ) -> None:
        self._models = models
        self._chat = chat
        self._ask = ask

    async def installed(self) -> list[InstalledModel]:
        """See `LibraryBackend.installed`."""
        return [
            InstalledModel(model.name, size=model.size, context_length=model.context_length)
            for model in await self._models()
        ]

    async def running(self) -> list[RunningModel]:
        """See `LibraryBackend.running`."""
        raise unsupported("which models are loaded")

    async def show(self, model_name: str) -> ShownModel:
        """See `LibraryBackend.show`."""
        raise unsupported("details of a model")

    async def load(self, model_name: str, keep_alive: str | float | None = None) -> None:
        """See `LibraryBackend.load`."""
        raise unsupported("loading")

    async def unload(self, model_name: str) -> None:
        """See `LibraryBackend.unload`."""
        raise unsupported("unloading")

    async def copy(self, source: str, name: str) -> None:
        """See `LibraryBackend.copy`."""
        raise unsupported("copying")

    async def delete(self, model_name: str) -> None:
        """See `LibraryBackend.delete`."""
        raise unsupported("deleting")

    def pull(self, model_name: str, *, insecure: bool = False) -> AsyncGenerator[Progress, None]:
        """See `LibraryBackend.pull`."""
        raise unsupported("pulling")

    def push(self, model_name: str, *, insecure: bool = False) -> AsyncGenerator[Progress, None]:
        """See `LibraryBackend.push`."""
        raise unsupported("pushing")

    def create(self, request: CreateRequest) -> AsyncGenerator[Progress, None]:
        """See `LibraryBackend.create`."""
        raise unsupported("creating")

    async def embed(self, request: EmbedRequest) -> Embedding:
        """See `LibraryBackend.embed`. The API has no `truncate`, `keep_alive` or options: they are not sent."""
        fields: dict[str, object] = {"model": request.model_name, "input": list(request.texts)}
        if request.dimensions is not None:
            fields["dimensions"] = request.dimensions
        answer = await self._ask("/embeddings", fields, SLOW_SECONDS)
        try:
            return _embedding(answer)
        except ValueError as error:
            raise BackendRefused("upstream_protocol", f"/embeddings: {error}") from error

    async def generate(self, request: GenerateRequest) -> AsyncGenerator[ChatEvent, None]:
        """See `LibraryBackend.generate`. As a chat of one turn: `/completions` is gone from most servers."""
        if request.suffix is not None or request.raw or request.template is not None:
            raise unsupported("suffix, raw and template")
        messages = [ChatMessage("system", request.system)] if request.system else []
        messages.append(ChatMessage("user", request.prompt, images=request.images))
        chat = ChatRequest(
            request.model_name,
            messages,
            options=request.options,
            think=request.think,
            format=request.format,
            logprobs=request.logprobs,
        )
        async with aclosing(self._chat(chat)) as events:
            async for event in events:
                yield event


def _embedding(answer: object) -> Embedding:
    items = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ValueError("no embeddings")
    items = sorted(items, key=lambda item: count(item.get("index")) or 0)
    usage = answer.get("usage") if isinstance(answer, dict) else None
    return Embedding(
        vectors=vectors([item.get("embedding") for item in items]),
        prompt_tokens=count(usage.get("prompt_tokens")) if isinstance(usage, dict) else None,
    )
