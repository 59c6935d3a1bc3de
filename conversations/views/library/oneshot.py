"""Trying a model: a prompt or a few texts, answered as lines of JSON while the server works. Nothing is stored.

Whoever leaves or stops closes the answer, and with it the connection to the model server.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe
from pydantic_core import to_json

from conversations.backends.base import BackendError, Delta, Finish, Phase
from conversations.backends.library import EmbedRequest, GenerateRequest, LibraryBackend, library_of
from conversations.faults import library_fault
from conversations.generation.engine import engine
from conversations.library.offered import may_use
from conversations.library.oneshot import Way, figures, in_turn, ways_of
from conversations.views.access import member_required
from conversations.views.library.access import known_backend, named_model
from conversations.views.library.oneshot_forms import OneShotForm, PromptForm, TextsForm
from conversations.views.lookups import member_of
from conversations.views.sidebar import sidebar_of

FORMS: dict[Way, type[OneShotForm]] = {"generate": PromptForm, "embed": TextsForm}


@dataclass(frozen=True, slots=True)
class Trial:
    """A model that is tried, and in which way. `able` is what its server and the model can."""

    backend: str
    model: str
    library: LibraryBackend
    ways: tuple[Way, ...]
    able: frozenset[str]

    @property
    def label(self) -> str:
        """What people call its server."""
        return engine.registry.state(self.backend).label


@require_safe
@member_required
@ensure_csrf_cookie
def page(request: HttpRequest, backend: str) -> HttpResponseBase:
    """The page for a model; `?as=embed` for vectors where it can do both. Asks no server."""
    trial = _trial(request, backend)
    way = _way(trial, request.GET.get("as", trial.ways[0]))
    context = {
        "trial": trial,
        "way": way,
        "form": FORMS[way](able=trial.able),
        "sidebar": sidebar_of(member_of(request)),
        "build_path": settings.STATIC_URL.strip("/"),
    }
    return render(request, "library/trial/page.html", context)


@require_POST
@member_required
def generate(request: HttpRequest, backend: str) -> HttpResponseBase:
    """Lines: `phase` (`waiting` first), then `response` and `thinking`, at the end `done` with `reason` and `metrics`.

    Or `error` as the last one; 422 with the form for what is wrong in it.
    """
    trial = _trial(request, backend)
    form = PromptForm(request.POST, request.FILES, able=trial.able)
    if "generate" not in trial.ways or not form.is_valid():
        return _refused(request, trial, "generate", form)
    return _stream(_prompted(trial, member_of(request).pk, form.request(trial.model)))


@require_POST
@member_required
def embed(request: HttpRequest, backend: str) -> HttpResponseBase:
    """Lines: `phase`, then `embeddings` with `metrics`, or `error`. 422 with the form for what is wrong in it."""
    trial = _trial(request, backend)
    form = TextsForm(request.POST, able=trial.able)
    if "embed" not in trial.ways or not form.is_valid():
        return _refused(request, trial, "embed", form)
    return _stream(_embedded(trial, form.request(trial.model)))


def _trial(request: HttpRequest, backend: str) -> Trial:
    name = named_model(request)
    if not may_use(member_of(request), known_backend(backend), name):
        raise Http404
    try:
        library = library_of(engine.registry.get(backend))
    except BackendError:
        raise Http404 from None
    info = engine.registry.find(backend, name)
    capabilities = info.capabilities if info else None
    ways = ways_of(library.abilities, capabilities)
    if not ways:
        raise Http404
    return Trial(backend, name, library, ways, _able(library, capabilities))


def _able(library: LibraryBackend, capabilities: frozenset[str] | None) -> frozenset[str]:
    unknown = frozenset({"vision", "thinking", "insert"})
    found = frozenset[str](library.abilities) | (unknown if capabilities is None else capabilities)
    return found | {"suffix"} if {"insert", "raw"} <= found else found


def _way(trial: Trial, name: str) -> Way:
    for way in trial.ways:
        if way == name:
            return way
    raise Http404


def _refused(request: HttpRequest, trial: Trial, way: Way, form: OneShotForm) -> HttpResponseBase:
    _way(trial, way)
    return render(request, "library/trial/_form.html", {"trial": trial, "way": way, "form": form}, status=422)


def _stream(lines: AsyncGenerator[dict[str, Any], None]) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(_told(lines), content_type="application/x-ndjson")
    answer["Content-Encoding"] = "identity"  # compressed, each line would wait for the next
    answer["Cache-Control"] = "no-store"
    return answer


async def _told(lines: AsyncGenerator[dict[str, Any], None]) -> AsyncGenerator[bytes, None]:
    yield b'{"phase":"waiting"}\n'  # daphne sends the head with the first bytes only
    try:
        async with aclosing(lines):
            async for line in lines:
                yield to_json(line) + b"\n"
    except BackendError as error:
        words = library_fault(error.code)
        told = {"error": error.code, "title": str(words.text), "advice": str(words.advice), "detail": error.detail}
        yield to_json(told) + b"\n"


async def _prompted(trial: Trial, user: int, wanted: GenerateRequest) -> AsyncGenerator[dict[str, Any], None]:
    events = in_turn(engine.runner.queue(trial.backend), user, trial.library.generate(wanted))
    async with aclosing(events):
        async for event in events:
            match event:
                case Phase():
                    yield {"phase": event.name}
                case Delta() if event.content or event.thinking:
                    yield {"response": event.content, "thinking": event.thinking}
                case Finish():
                    yield {"done": True, "reason": event.reason, "metrics": figures(event)}


async def _embedded(trial: Trial, wanted: EmbedRequest) -> AsyncGenerator[dict[str, Any], None]:
    found = await trial.library.embed(wanted)
    yield {
        "embeddings": [list(vector) for vector in found.vectors],
        "metrics": figures(Finish(prompt_tokens=found.prompt_tokens, total_duration=found.total_duration)),
    }
