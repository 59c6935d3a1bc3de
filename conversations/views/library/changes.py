"""Changes to what is installed: forms in a dialog that say what will happen, and carry it out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from conversations.backends.base import BackendError
from conversations.backends.library import LibraryBackend, library_of
from conversations.generation.engine import engine
from conversations.library.shelf import usage_of
from conversations.models.library_job import JobKind
from conversations.views.library.access import known_backend, manager_required, named_model
from conversations.views.library.forms import CopyForm, CreateForm
from conversations.views.lookups import member_of

FORM_METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(FORM_METHODS)
@manager_required
def create(request: HttpRequest, backend: str) -> HttpResponse:
    """The form for a model made from another; posted, it becomes a job."""
    source = named_model(request)
    form = CreateForm(request.POST if request.method == "POST" else None, auto_id="create-%s")
    context = {"form": form, "backend": known_backend(backend), "model": source}
    if not form.is_valid():
        return _form(request, "library/_create.html", context)
    try:
        async_to_sync(engine.jobs.start)(
            JobKind.CREATE, backend, form.cleaned_data["name"], member_of(request), form.request(source)
        )
    except BackendError as error:
        return _form(request, "library/_create.html", {**context, "error": error})
    return HttpResponse(status=204)


@require_http_methods(FORM_METHODS)
@manager_required
def copy(request: HttpRequest, backend: str) -> HttpResponse:
    """The form for a second name; posted, it is there."""
    source = named_model(request)
    form = CopyForm(request.POST if request.method == "POST" else None, auto_id="copy-%s")
    context = {"form": form, "backend": known_backend(backend), "model": source}
    if not form.is_valid():
        return _form(request, "library/_copy.html", context)
    try:
        async_to_sync(_change)(backend, lambda library: library.copy(source, form.cleaned_data["name"]))
    except BackendError as error:
        return _form(request, "library/_copy.html", {**context, "error": error})
    return HttpResponse(status=204)


@require_http_methods(FORM_METHODS)
@manager_required
def delete(request: HttpRequest, backend: str) -> HttpResponse:
    """The question, with who uses the model; posted, it is gone."""
    name = named_model(request)
    usage = usage_of(known_backend(backend), name, member_of(request))
    context = {"usage": usage, "backend": backend, "model": name}
    if request.method != "POST":
        return render(request, "library/_delete.html", context)
    try:
        async_to_sync(_change)(backend, lambda library: library.delete(name))
    except BackendError as error:
        return _form(request, "library/_delete.html", {**context, "error": error})
    return HttpResponse(status=204)


@require_POST
@manager_required
def unload(request: HttpRequest, backend: str) -> HttpResponse:
    """Give a model's memory back."""
    try:
        name = named_model(request)
        async_to_sync(_change)(known_backend(backend), lambda library: library.unload(name))
    except BackendError as error:
        return render(request, "library/_failed.html", {"error": error}, status=422)
    return HttpResponse(status=204)


def _form(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return render(request, template, context, status=422 if request.method == "POST" else 200)


async def _change(backend: str, change: Callable[[LibraryBackend], Awaitable[None]]) -> None:
    await change(library_of(engine.registry.get(backend)))
    engine.registry.look_again(backend)  # chats are offered what there is now
