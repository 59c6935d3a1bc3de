"""One prompt without a conversation, and texts as vectors: what `generate` and `embed` do once their words are read."""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import Any

from conversations.backends.base import BackendRefused, ChatMessage, ChatRequest, Delta, Finish, Phase
from conversations.backends.library import EmbedRequest, GenerateRequest, LibraryBackend, library_of
from conversations.generation.engine import engine
from conversations.library.oneshot import figures
from conversations.live.protocol.commands import ModelChoice
from conversations.management.chat.screen import Screen
from conversations.management.library.verbs import say


async def generate(chosen: ModelChoice, request: GenerateRequest, screen: Screen | None) -> None:
    """Show the answer as it comes; without a screen, print all of it with its figures as one JSON object."""
    content, thinking, finish = "", "", Finish()
    if screen is not None:
        screen.begin()
    async with aclosing(_events(chosen, request)) as events:
        async for event in events:
            match event:
                case Delta():
                    content, thinking = content + event.content, thinking + event.thinking
                    if screen is not None:
                        _show(screen, event)
                case Phase() if screen is not None:
                    screen.phase(event.name, None)
                case Finish():
                    finish = event
    if screen is None:
        print(json.dumps(_whole(request, content, thinking, finish), ensure_ascii=False), flush=True)
    else:
        screen.finish({"state": "complete", "error": None, "reason": finish.reason, "metrics": figures(finish)})


async def embed(chosen: ModelChoice, request: EmbedRequest, *, is_whole: bool) -> None:
    """Print a vector for each text, a JSON array a line; or everything as one JSON object."""
    found = await library_of(engine.registry.get(chosen.backend)).embed(request)
    if not is_whole:
        say("\n".join(json.dumps(list(vector)) for vector in found.vectors))
        return
    whole = {
        "model": request.model_name,
        "embeddings": [list(vector) for vector in found.vectors],
        "prompt_eval_count": found.prompt_tokens,
        "total_duration": found.total_duration,
        "load_duration": found.load_duration,
    }
    say(json.dumps({name: value for name, value in whole.items() if value is not None}))


def _show(screen: Screen, delta: Delta) -> None:
    if delta.thinking:
        screen.text("thinking", delta.thinking)
    if delta.content:
        screen.text("content", delta.content)


def _events(chosen: ModelChoice, request: GenerateRequest) -> Any:
    """The server's own way for one prompt; where it has none, a chat of one message."""
    backend = engine.registry.get(chosen.backend)
    library = _library(chosen)
    if library is not None:
        return library.generate(request)
    if request.raw or request.suffix is not None or request.template is not None:
        raise BackendRefused("library_unsupported", "a prompt that is not a chat")
    said = [ChatMessage("system", request.system)] if request.system else []
    said.append(ChatMessage("user", request.prompt, images=request.images))
    return backend.chat(
        ChatRequest(
            request.model_name,
            said,
            options=request.options,
            think=request.think,
            keep_alive=request.keep_alive,
            format=request.format,
        )
    )


def _library(chosen: ModelChoice) -> LibraryBackend | None:
    try:
        library = library_of(engine.registry.get(chosen.backend))
    except BackendRefused:
        return None
    return library if "generate" in library.abilities else None


def _whole(request: GenerateRequest, content: str, thinking: str, finish: Finish) -> dict[str, Any]:
    """As the last object of `POST /api/generate` is written, with all of the text."""
    whole: dict[str, Any] = {
        "model": request.model_name,
        "response": content,
        "thinking": thinking or None,
        "done": True,
        "done_reason": finish.reason,
        "total_duration": finish.total_duration,
        "load_duration": finish.load_duration,
        "prompt_eval_count": finish.prompt_tokens,
        "prompt_eval_duration": finish.prompt_duration,
        "eval_count": finish.reply_tokens,
        "eval_duration": finish.reply_duration,
    }
    return {name: value for name, value in whole.items() if value is not None}
