"""Ollama's library: what is installed and running, transfers, and one-shot calls (protocol page §3)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from typing import Any

import httpx

from conversations.backends.base import (
    BackendDown,
    BackendError,
    BackendLost,
    BackendRefused,
    ChatEvent,
    ModelInfo,
)
from conversations.backends.exchange import SHORT_ANSWER_SECONDS, Opened, call, fetch, open_reply, read_reply
from conversations.backends.http import TRANSPORT_ERRORS, Watchdog, reason
from conversations.backends.keys import Key
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
)
from conversations.backends.names import model_name
from conversations.backends.ollama.generating import GenerateReader, embed_fields, generate_fields
from conversations.backends.ollama.records import embedding, installed_model, running_model, shown_model
from conversations.backends.ollama.transfers import ProgressReader, explained
from conversations.backends.ollama.wire import keep_alive

# A model may load for minutes; a big layer may be verified or quantised for as long without a line.
SLOW_SECONDS = 900.0
# Deleting many gigabytes, or copying while a disk is busy, is not at once.
CHANGE_SECONDS = 60.0


class OllamaLibrary:
    """The library of one Ollama server.

    `client` gives the running loop's HTTP client, `key` goes with every request, `models` is the list for chats
    (which knows the capabilities that older servers only `show`). `slow` is how many seconds a load may take, and a
    transfer may be silent.
    """

    abilities: frozenset[Ability] = frozenset(
        ("running", "show", "load", "pull", "push", "create", "copy", "delete", "embed", "generate", "raw")
    )

    def __init__(
        self,
        address: str,
        client: Callable[[], httpx.AsyncClient],
        models: Callable[[], Awaitable[list[ModelInfo]]],
        *,
        key: Key | None = None,
        slow: float = SLOW_SECONDS,
    ) -> None:
        self._address = address
        self._client = client
        self._models = models
        self._key = key or Key("")
        self._slow = slow

    async def installed(self) -> list[InstalledModel]:
        """See `LibraryBackend.installed`."""
        items = _items((await self._object("GET", "/api/tags")).get("models"))
        found = [installed_model(item) for item in items]
        if any(model.capabilities is None for model in found):
            known = {info.name: info for info in await self._models()}
            found = [installed_model(item, known.get(model.name)) for item, model in zip(items, found, strict=True)]
        return [model for model in found if model.name]

    async def running(self) -> list[RunningModel]:
        """See `LibraryBackend.running`."""
        items = _items((await self._object("GET", "/api/ps")).get("models"))
        return [model for model in map(running_model, items) if model.name]

    async def show(self, model_name: str) -> ShownModel:
        """See `LibraryBackend.show`."""
        return shown_model(model_name, await self._object("POST", "/api/show", {"model": model_name}))

    async def load(self, model_name: str, keep_alive: str | float | None = None) -> None:
        """See `LibraryBackend.load`. An embedding model refuses a chat without messages, and is loaded by `embed`."""
        body: dict[str, object] = {"model": model_name, "messages": [], **_kept(keep_alive)}
        try:
            await self._object("POST", "/api/chat", body, seconds=self._slow)
        except BackendRefused as error:
            if "does not support chat" not in error.detail:
                raise
            body = {"model": model_name, "input": [], **_kept(keep_alive)}
            await self._object("POST", "/api/embed", body, seconds=self._slow)

    async def unload(self, model_name: str) -> None:
        """See `LibraryBackend.unload`."""
        await self.load(model_name, 0)

    async def copy(self, source: str, name: str) -> None:
        """See `LibraryBackend.copy`."""
        await self._short("POST", "/api/copy", {"source": source, "destination": model_name(name)})

    async def delete(self, model_name: str) -> None:
        """See `LibraryBackend.delete`."""
        await self._short("DELETE", "/api/delete", {"model": model_name})

    def pull(self, model_name: str, *, insecure: bool = False) -> AsyncGenerator[Progress, None]:
        """See `LibraryBackend.pull`."""
        return self._named_transfer("/api/pull", model_name, insecure)

    def push(self, model_name: str, *, insecure: bool = False) -> AsyncGenerator[Progress, None]:
        """See `LibraryBackend.push`."""
        return self._named_transfer("/api/push", model_name, insecure)

    async def create(self, request: CreateRequest) -> AsyncGenerator[Progress, None]:
        """See `LibraryBackend.create`."""
        body: dict[str, object] = {"model": model_name(request.name), "from": model_name(request.source)}
        for key in ("system", "template", "license", "quantize"):
            if (value := getattr(request, key)) is not None:
                body[key] = value
        body |= {"parameters": dict(request.parameters)} if request.parameters else {}
        body |= {"messages": [dict(message) for message in request.messages]} if request.messages else {}
        async with aclosing(self._transfer("/api/create", body)) as lines:
            async for progress in lines:
                yield progress

    async def embed(self, request: EmbedRequest) -> Embedding:
        """See `LibraryBackend.embed`."""
        answer = await self._object("POST", "/api/embed", embed_fields(request), seconds=self._slow)
        try:
            return embedding(answer)
        except ValueError as error:
            raise BackendRefused("upstream_protocol", f"/api/embed: {error}") from error

    async def generate(self, request: GenerateRequest) -> AsyncGenerator[ChatEvent, None]:
        """See `LibraryBackend.generate`."""
        opened = await self._open("/api/generate", generate_fields(request))
        try:
            with self._without_key():
                async with aclosing(read_reply(opened, GenerateReader(), self._slow)) as events:
                    async for event in events:
                        yield event
        finally:
            await opened.response.aclose()

    # One call

    async def _named_transfer(self, path: str, name: str, insecure: bool) -> AsyncGenerator[Progress, None]:
        body: dict[str, object] = {"model": model_name(name), **({"insecure": True} if insecure else {})}
        async with aclosing(self._transfer(path, body)) as lines:
            async for progress in lines:
                yield progress

    async def _transfer(self, path: str, body: Mapping[str, object]) -> AsyncGenerator[Progress, None]:
        try:
            opened = await self._open(path, {**body, "stream": True})
        except BackendError as error:
            raise explained(error) from error.__cause__
        reader, watchdog, chunk = ProgressReader(), Watchdog(self._slow), opened.first
        try:
            while True:
                for progress in reader.feed(chunk) if chunk else reader.end():
                    yield progress
                if reader.error is not None:
                    raise self._key.taken_from(reader.error)
                if reader.finished:
                    return
                chunk = await _next(watchdog, opened.source)
        finally:
            watchdog.stop()
            await opened.response.aclose()

    async def _open(self, path: str, body: Mapping[str, object]) -> Opened:
        try:
            sent = json.dumps(body, allow_nan=False).encode()
        except (ValueError, TypeError) as error:
            raise BackendRefused("refused", f"options: {error}") from error
        try:
            with self._without_key():
                async with asyncio.timeout(self._slow):
                    return await open_reply(self._client(), self._address + path, sent, self._key.headers())
        except TimeoutError:
            raise BackendDown("upstream_timeout", f"nothing within {self._slow:.0f} s") from None

    async def _object(
        self,
        method: str,
        path: str,
        value: Mapping[str, object] | None = None,
        *,
        seconds: float = SHORT_ANSWER_SECONDS,
    ) -> dict[str, Any]:
        with self._without_key():
            answer = await fetch(self._client(), method, self._address + path, value, self._key.headers(), seconds)
        if not isinstance(answer, dict):
            raise BackendRefused("upstream_protocol", f"{path}: not an object")
        return answer

    async def _short(self, method: str, path: str, value: Mapping[str, object]) -> None:
        with self._without_key():
            await call(self._client(), method, self._address + path, value, self._key.headers(), CHANGE_SECONDS)

    @contextmanager
    def _without_key(self) -> Iterator[None]:
        """A server may repeat in its errors what it was sent."""
        try:
            yield
        except BackendError as error:
            raise self._key.taken_from(error) from error.__cause__


async def _next(watchdog: Watchdog, source: AsyncIterator[bytes]) -> bytes:
    """The next chunk, b"" at the end. Raises BackendLost."""
    try:
        return await watchdog.read(source)
    except TRANSPORT_ERRORS as error:
        raise BackendLost("transfer_lost", reason(error)) from error


def _items(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _kept(value: str | float | None) -> dict[str, object]:
    return {} if value is None else {"keep_alive": keep_alive(value)}
