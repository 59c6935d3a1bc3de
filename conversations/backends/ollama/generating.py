"""`/api/generate` and `/api/embed` on the wire: bodies, and a stream of `response` lines read as a reply. No I/O."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conversations.backends.library import EmbedRequest, GenerateRequest
from conversations.backends.ollama.wire import ReplyReader, keep_alive


class GenerateReader(ReplyReader):
    """As `ReplyReader`, for lines that carry their text as `response`, and no message around it."""

    def _objects(self, block: str) -> Iterator[dict[str, Any]]:
        return map(as_chat, super()._objects(block))


def as_chat(item: dict[str, Any]) -> dict[str, Any]:
    """A line of `/api/generate` as `/api/chat` would write it. The token list `context` is dropped."""
    if "response" not in item and "thinking" not in item:
        return item
    message = {key: item[key] for key in ("thinking", "tool_calls") if item.get(key)}
    rest = {key: value for key, value in item.items() if key not in ("context", "response", "thinking", "tool_calls")}
    return {**rest, "message": {"role": "assistant", "content": item.get("response"), **message}}


def generate_fields(request: GenerateRequest) -> dict[str, object]:
    """The body of `POST /api/generate`: only what is set."""
    fields: dict[str, object] = {"model": request.model_name, "prompt": request.prompt, "stream": True}
    for key in ("suffix", "system", "template", "format", "think", "truncate", "shift"):
        if (value := getattr(request, key)) is not None:
            fields[key] = value
    if request.raw:
        fields["raw"] = True
    if request.images:
        fields["images"] = list(request.images)
    if request.logprobs is not None:
        fields |= {"logprobs": True, "top_logprobs": request.logprobs}
    return fields | shared_fields(request)


def embed_fields(request: EmbedRequest) -> dict[str, object]:
    """The body of `POST /api/embed`: only what is set."""
    fields: dict[str, object] = {"model": request.model_name, "input": list(request.texts)}
    for key in ("truncate", "dimensions"):
        if (value := getattr(request, key)) is not None:
            fields[key] = value
    return fields | shared_fields(request)


def shared_fields(request: GenerateRequest | EmbedRequest) -> dict[str, object]:
    """`options` and `keep_alive`, where they are set."""
    fields: dict[str, object] = {"options": dict(request.options)} if request.options else {}
    if request.keep_alive is not None:
        fields["keep_alive"] = keep_alive(request.keep_alive)
    return fields
