"""OpenAI-compatible servers over `POST /chat/completions` and `GET /models`: one reply, and the list of models.

The body is made in `request`, the stream understood in `wire`; asking and waiting is `exchange`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from conversations.backends.base import BackendError, BackendRefused, ChatEvent, ChatRequest, ModelInfo, PhaseName
from conversations.backends.exchange import QUIET_SECONDS, Opened, Waiting, close, fetch, open_reply, read_reply
from conversations.backends.fitting import fitted
from conversations.backends.http import Connections
from conversations.backends.keys import Key
from conversations.backends.openai.library import OpenAILibrary
from conversations.backends.openai.request import (
    Dialect,
    base_url,
    dialect_of,
    request_body,
    request_fields,
    to_leave_out,
)
from conversations.backends.openai.wire import ReplyReader
from conversations.backends.pieces import count
from conversations.text import clean_line

log = logging.getLogger(__name__)

NAME = 300
LOADING_SECONDS = 1.0


class OpenAIBackend:
    """One OpenAI-compatible server.

    `api_key` is sent as a Bearer token to `address` and nowhere else. `first_byte` and `between` are the
    watchdogs' seconds, as with Ollama; `again` is the pause before a server that still loads is asked again.
    """

    def __init__(
        self,
        name: str = "openai",
        address: str = "",
        *,
        api_key: str = "",
        first_byte: float = 600.0,
        between: float = 300.0,
        quiet: float = QUIET_SECONDS,
        again: float = LOADING_SECONDS,
    ) -> None:
        self.name = name
        self.address = base_url(address)
        self._key = Key(api_key)
        self._first_byte = first_byte
        self._between = between
        self._quiet = quiet
        self._again = again
        self._connections = Connections()
        self._dialect: Dialect | None = None
        self._refused: dict[str, frozenset[str]] = {}
        self._capabilities: dict[str, frozenset[str] | None] = {}
        self.library = OpenAILibrary(self.models, self.chat, self._fetch)

    async def chat(self, request: ChatRequest) -> AsyncGenerator[ChatEvent, None]:
        """See `ChatBackend.chat`."""
        try:
            async with aclosing(self._chat(request)) as events:
                async for event in events:
                    yield event
        except BackendError as error:
            raise self._key.taken_from(error) from error.__cause__

    async def models(self) -> list[ModelInfo]:
        """See `ChatBackend.models`. Few servers tell what they can do; one without a list has an empty one."""
        try:
            answer = await fetch(
                self._connections.client(), "GET", f"{self.address}/models", headers=self._key.headers()
            )
        except BackendError as error:
            if error.status == 404:
                log.warning("%s has no list of models (HTTP 404)", self.name)
                self._dialect = dialect_of(self.address, ())
                return []
            raise self._key.taken_from(error) from error.__cause__
        listed = answer.get("data") if isinstance(answer, dict) else answer
        if listed is not None and not isinstance(listed, list):
            raise BackendRefused("upstream_protocol", "models: not a list")
        items = [item for item in listed or () if isinstance(item, dict)]
        self._dialect = dialect_of(self.address, [item.get("owned_by") for item in items])
        models = {model.name: model for model in map(model_info, items) if model.name}
        self._capabilities = {name: model.capabilities for name, model in models.items()}
        return list(models.values())

    async def aclose(self) -> None:
        """Close the running loop's connections."""
        await self._connections.aclose()

    async def _chat(self, request: ChatRequest) -> AsyncGenerator[ChatEvent, None]:
        asking = _Asking()
        opening = asyncio.create_task(self._open(request, asking))
        try:
            waiting = Waiting(self._quiet, self._first_byte)
            while not opening.done():
                done, _ = await asyncio.wait({opening}, timeout=waiting.next_pause())
                if not done and (phase := waiting.news(asking.phase)):
                    yield phase
            async with aclosing(read_reply(opening.result(), ReplyReader(), self._between)) as events:
                async for event in events:
                    yield event
        finally:
            await close(opening)

    async def _fetch(self, path: str, value: Mapping[str, object], seconds: float) -> object:
        try:
            client, headers = self._connections.client(), self._key.headers()
            return await fetch(client, "POST", self.address + path, value, headers, seconds)
        except BackendError as error:
            raise self._key.taken_from(error) from error.__cause__

    async def _known_dialect(self) -> Dialect:
        if self._dialect is None:
            try:
                await self.models()
            except BackendError as error:
                log.info("%s is asked before its models are known: %s", self.name, error.code)
        return self._dialect or dialect_of(self.address, ())

    async def _open(self, request: ChatRequest, asking: _Asking) -> Opened:
        """Ask, and ask again without what the server refuses."""
        dialect = await self._known_dialect()
        capabilities = self._capabilities.get(request.model_name)
        if capabilities is not None:
            request = fitted(request, capabilities)
        refused = self._refused.get(request.model_name, frozenset())
        while True:
            fields = request_fields(request, dialect, refused)
            try:
                opened = await self._open_loaded(request_body(fields), asking)
            except BackendRefused as error:
                more = to_leave_out(fields, error.detail)
                if error.status not in (400, 422) or error.code != "refused" or not more:
                    raise
                refused |= more
                continue
            self._refused[request.model_name] = refused
            return opened

    async def _open_loaded(self, body: bytes, asking: _Asking) -> Opened:
        """Ask until the server has loaded its model; whoever waits for this sets the limit."""
        url = f"{self.address}/chat/completions"
        while True:
            try:
                return await open_reply(self._connections.client(), url, body, self._key.headers())
            except BackendRefused as error:
                if error.status != 503 or "loading model" not in error.detail.lower():
                    raise
            asking.phase = "loading"
            await asyncio.sleep(self._again)


class _Asking:
    """What a question that has no answer yet is waiting for."""

    phase: PhaseName = "reading"


def model_info(item: dict[str, Any]) -> ModelInfo:
    """One entry of `/models`. vLLM tells the context it serves, llama.cpp the one the model was trained for."""
    meta = item.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    name = item.get("id")
    lengths = (item.get("max_model_len"), item.get("context_length"), meta.get("n_ctx_train"))
    return ModelInfo(
        name=clean_line(name, NAME) if isinstance(name, str) else "",
        context_length=next((length for value in lengths if (length := count(value))), None),
        size=count(meta.get("size")) or None,
        capabilities=_capabilities(item),
    )


def _capabilities(item: dict[str, Any]) -> frozenset[str] | None:
    """What OpenRouter or Mistral say of a model, by Ollama's names for it; None from all others."""
    architecture, parameters, told = (
        item.get(name) for name in ("architecture", "supported_parameters", "capabilities")
    )
    if isinstance(architecture, dict) and isinstance(parameters, list):
        inputs = architecture.get("input_modalities")
        found = {"vision": "image" in (inputs if isinstance(inputs, list) else ()), "tools": "tools" in parameters,
                 "thinking": "reasoning" in parameters, "completion": True}  # fmt: skip
    elif isinstance(told, dict) and "completion_chat" in told:
        found = {"vision": told.get("vision") is True, "tools": told.get("function_calling") is True,
                 "thinking": told.get("reasoning") is True, "completion": told["completion_chat"] is True}  # fmt: skip
    else:
        return None
    return frozenset(name for name, has_it in found.items() if has_it)
