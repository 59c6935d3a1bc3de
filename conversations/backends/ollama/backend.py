"""Ollama over `POST /api/chat`: one reply as an async generator, the list of models, and what a silence means.

The bytes are understood in `wire` and `refusals`, the connection is made in `http`.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from conversations.backends.base import (
    BackendError,
    BackendRefused,
    ChatEvent,
    ChatRequest,
    ModelInfo,
    Phase,
    PhaseName,
)
from conversations.backends.exchange import QUIET_SECONDS, Opened, Waiting, fetch, open_reply, read_reply
from conversations.backends.fitting import fitted, needs_capabilities
from conversations.backends.http import Connections
from conversations.backends.keys import Key
from conversations.backends.ollama.host import base_url
from conversations.backends.ollama.library import OllamaLibrary
from conversations.backends.ollama.listing import model_info, with_details
from conversations.backends.ollama.loading import leave
from conversations.backends.ollama.wire import ReplyReader, request_body
from conversations.text import clean_line

# What several waiting replies learn from /api/ps stays true this long.
RUNNING_SECONDS = 1.0
SHOW_PARALLEL = 4


class OllamaBackend:
    """One Ollama server.

    `address` is read as `OLLAMA_HOST` is; `api_key` is for a proxy in front of it, or a hosted one. `first_byte` and
    `between` are the watchdogs' seconds: until the first byte (a model may load for minutes), and from one to the next.
    """

    def __init__(
        self,
        name: str = "ollama",
        address: str = "",
        *,
        api_key: str = "",
        first_byte: float = 600.0,
        between: float = 300.0,
        quiet: float = QUIET_SECONDS,
    ) -> None:
        self.name = name
        self.address = base_url(address)
        self._first_byte = first_byte
        self._between = between
        self._quiet = quiet
        self._connections = Connections()
        self._key = Key(api_key)
        self.library = OllamaLibrary(self.address, self._connections.client, self.models, key=self._key)
        self._capabilities: dict[str, frozenset[str] | None] = {}
        self._shown: dict[str, ModelInfo] = {}
        self._running: frozenset[str] | None = None
        self._running_at = -math.inf

    async def chat(self, request: ChatRequest) -> AsyncGenerator[ChatEvent, None]:
        """See `ChatBackend.chat`."""
        body = request_body(await self._fitted(request))
        # A task, so that this generator can tell what is being waited for; it ends with the first byte.
        opening, loads = asyncio.create_task(self._open(body)), False
        try:
            waiting = Waiting(self._quiet, self._first_byte)
            while not opening.done():
                phase = await self._look(opening, waiting, request.model_name)
                if phase is not None:
                    loads = phase.name == "loading"
                    yield phase
            async with aclosing(read_reply(opening.result(), ReplyReader(), self._between)) as events:
                async for event in events:
                    yield event
        finally:
            await leave(opening, loads=loads)

    async def models(self) -> list[ModelInfo]:
        """See `ChatBackend.models`. Capabilities come with the list, or from older servers one by one."""
        listed = (await self._fetch("GET", "/api/tags")).get("models")
        found = [model_info(item) for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
        slots = asyncio.Semaphore(SHOW_PARALLEL)
        models = await asyncio.gather(*(self._completed(model, slots) for model in found if model.name))
        self._capabilities = {_canonical(model.name): model.capabilities for model in models}
        known = {model.digest for model in models}
        self._shown = {digest: model for digest, model in self._shown.items() if digest in known}
        return list(models)

    async def version(self) -> str:
        """The server's version, such as `0.33.0`; empty when it does not say. Raises BackendError."""
        version = (await self._fetch("GET", "/api/version")).get("version")
        return clean_line(version, 40) if isinstance(version, str) else ""

    async def aclose(self) -> None:
        """Close the running loop's connections."""
        await self._connections.aclose()

    async def _fitted(self, request: ChatRequest) -> ChatRequest:
        if not needs_capabilities(request):
            return request
        name = _canonical(request.model_name)
        if name not in self._capabilities:
            try:
                shown = await self._fetch("POST", "/api/show", {"model": request.model_name})
            except BackendError:
                return fitted(request, None)  # the question itself will tell what is wrong
            self._capabilities[name] = with_details(ModelInfo(request.model_name), shown).capabilities
        return fitted(request, self._capabilities[name])

    async def _look(self, opening: asyncio.Task[Opened], waiting: Waiting, model_name: str) -> Phase | None:
        """Wait for the first byte or for the next look, then say what the server is doing if that is news."""
        done, _ = await asyncio.wait({opening}, timeout=waiting.next_pause())
        if done:
            return None
        asking = asyncio.create_task(self._phase(model_name))
        try:
            await asyncio.wait({opening, asking}, return_when=asyncio.FIRST_COMPLETED)
            return waiting.news(asking.result()) if asking.done() else None
        finally:
            asking.cancel()

    async def _phase(self, model_name: str) -> PhaseName | None:
        now = asyncio.get_running_loop().time()
        if now - self._running_at > RUNNING_SECONDS:
            self._running_at = now  # claimed first: whoever waits at the same time goes by the answer before
            try:
                listed = (await self._fetch("GET", "/api/ps")).get("models")
            except BackendError:
                return None
            names = [item.get("name") for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
            self._running = frozenset(_canonical(name) for name in names if isinstance(name, str))
        if self._running is None:
            return None
        return "reading" if _canonical(model_name) in self._running else "loading"

    async def _completed(self, model: ModelInfo, slots: asyncio.Semaphore) -> ModelInfo:
        if model.capabilities is not None:
            return model
        if model.digest not in self._shown:
            async with slots:
                try:
                    shown = await self._fetch("POST", "/api/show", {"model": model.name})
                except BackendRefused:
                    return model
            self._shown[model.digest] = with_details(model, shown)
        return replace(self._shown[model.digest], name=model.name, size=model.size)

    async def _open(self, body: bytes) -> Opened:
        try:
            return await open_reply(self._connections.client(), f"{self.address}/api/chat", body, self._key.headers())
        except BackendError as error:
            raise self._key.taken_from(error) from error.__cause__

    async def _fetch(self, method: str, path: str, value: dict[str, object] | None = None) -> dict[str, Any]:
        """The JSON object of a short answer. Raises BackendError."""
        try:
            headers = self._key.headers()
            answer = await fetch(self._connections.client(), method, self.address + path, value, headers)
        except BackendError as error:
            raise self._key.taken_from(error) from error.__cause__
        if not isinstance(answer, dict):
            raise BackendRefused("upstream_protocol", f"{path}: not an object")
        return answer


def _canonical(name: str) -> str:
    # `m` is `m:latest`, and names match case-insensitively.
    name = name.lower()
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"
