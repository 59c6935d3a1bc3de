"""Vectors and single prompts, without a conversation; a prompt takes its turn in the backend's queue like a reply."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, Literal

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _
from ninja import Router
from pydantic import BaseModel, Field
from pydantic_core import to_json

from conversations.api.access import user_of
from conversations.api.library.access import PROBLEMS, Named, offered, options
from conversations.api.problems import Unacceptable
from conversations.backends.base import BackendError, ChatEvent, Delta, Finish
from conversations.backends.library import EmbedRequest, GenerateRequest
from conversations.faults import library_fault
from conversations.generation.engine import engine
from conversations.library.oneshot import IMAGES, TEXT, TEXTS, in_turn

router = Router(tags=["one-shot"])


class Embed(Named):
    """One text or several; `truncate` false makes one that is too long an error."""

    input: str | list[str]
    truncate: bool | None = None
    dimensions: int | None = Field(None, ge=1, le=65_536)
    options: dict[str, Any] | None = None
    keep_alive: str | float | None = None


class Embeddings(BaseModel):
    """A vector for each text, in order. Durations are nanoseconds."""

    model: str
    embeddings: list[list[float]]
    prompt_tokens: int | None
    total_duration: int | None
    load_duration: int | None


class Generate(Named):
    """One prompt. With `suffix` the model fills in between; `raw` bypasses its template; `images` are base64.

    `stream` answers a line of JSON for each piece of text, the last one with `done` and the figures.
    """

    prompt: str = Field(max_length=TEXT)
    suffix: str | None = Field(None, max_length=TEXT)
    system: str | None = Field(None, max_length=TEXT)
    template: str | None = Field(None, max_length=TEXT)
    raw: bool = False
    images: list[str] = Field([], max_length=IMAGES)
    format: Literal["json"] | dict[str, Any] | None = None
    options: dict[str, Any] | None = None
    think: bool | Literal["low", "medium", "high", "max"] | None = None
    keep_alive: str | float | None = None
    stream: bool = False


class Generated(BaseModel):
    """The whole answer. Durations are nanoseconds; null is unknown."""

    model: str
    response: str
    thinking: str
    reason: str
    prompt_tokens: int | None
    reply_tokens: int | None
    total_duration: int | None


@router.post(
    "/library/{backend}/embed",
    response={200: Embeddings, **PROBLEMS},
    operation_id="embed",
    summary="Turn texts into vectors",
)
def embed(request: HttpRequest, backend: str, body: Embed) -> Embeddings:
    """At most 500 texts at a time."""
    texts = [body.input] if isinstance(body.input, str) else body.input
    if len(texts) > TEXTS:
        raise Unacceptable("input", _("At most %(limit)s texts at a time.") % {"limit": TEXTS})
    wanted = EmbedRequest(body.model, texts, body.truncate, body.dimensions, options(body.options), body.keep_alive)
    found = async_to_sync(offered(request, backend, body.model).embed)(wanted)
    return Embeddings(
        model=body.model,
        embeddings=[list(vector) for vector in found.vectors],
        prompt_tokens=found.prompt_tokens,
        total_duration=found.total_duration,
        load_duration=found.load_duration,
    )


@router.post(
    "/library/{backend}/generate",
    response={200: Generated, **PROBLEMS},
    operation_id="generate",
    summary="Answer one prompt",
    openapi_extra={"responses": {200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}}}},
)
def generate(request: HttpRequest, backend: str, body: Generate) -> HttpResponseBase:
    """With `stream`, an error after the first line is a last line `{"error", "title", "detail"}`."""
    wanted = GenerateRequest(
        body.model,
        body.prompt,
        **body.model_dump(include={"suffix", "system", "template", "raw", "images", "format", "think", "keep_alive"}),
        options=options(body.options),
    )
    found = offered(request, backend, body.model)
    events = in_turn(engine.runner.queue(backend), user_of(request).pk, found.generate(wanted))
    if body.stream:
        answer = StreamingHttpResponse(_lines(body.model, events), content_type="application/x-ndjson")
        # Django would compress each line for itself, which many clients stop reading after the first.
        answer["Content-Encoding"] = "identity"
        return answer
    return HttpResponse(to_json(async_to_sync(_whole)(body.model, events)), content_type="application/json")


async def _whole(model: str, events: AsyncGenerator[ChatEvent, None]) -> Generated:
    response, thinking, finish = "", "", Finish()
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Delta):
                response, thinking = response + event.content, thinking + event.thinking
            elif isinstance(event, Finish):
                finish = event
    return Generated(model=model, response=response, thinking=thinking, **_figures(finish))


async def _lines(model: str, events: AsyncGenerator[ChatEvent, None]) -> AsyncIterator[bytes]:
    try:
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Delta) and (event.content or event.thinking):
                    yield to_json({"model": model, "response": event.content, "thinking": event.thinking}) + b"\n"
                elif isinstance(event, Finish):
                    yield to_json({"model": model, "done": True, **_figures(event)}) + b"\n"
    except BackendError as error:
        words = library_fault(error.code)
        yield to_json({"error": error.code, "title": str(words.text), "detail": error.detail}) + b"\n"


def _figures(finish: Finish) -> dict[str, Any]:
    return {
        "reason": finish.reason,
        "prompt_tokens": finish.prompt_tokens,
        "reply_tokens": finish.reply_tokens,
        "total_duration": finish.total_duration,
    }
