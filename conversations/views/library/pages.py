"""The page itself, each backend's models as a fragment of it, and all that a server says of one model."""

from __future__ import annotations

from dataclasses import dataclass

from asgiref.sync import async_to_sync
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from conversations.backends.base import BackendError
from conversations.backends.library import Ability, library_of
from conversations.generation.engine import engine
from conversations.library.listing import jobs, recent
from conversations.library.shelf import shelf
from conversations.views.access import member_required
from conversations.views.library.access import known_backend, manager_required, named_model
from conversations.views.library.forms import PullForm
from conversations.views.lookups import member_of
from conversations.views.sidebar import sidebar_of


@dataclass(frozen=True, slots=True)
class Place:
    """A backend as the page names it before it has been asked."""

    name: str
    label: str
    host: str
    abilities: frozenset[Ability]


@require_safe
@member_required
@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponse:
    """The page. The backends are asked one by one, by its script: one that is slow holds up nobody."""
    user, found = member_of(request), places()
    context = {
        "sidebar": sidebar_of(user),
        "places": found,
        "jobs": recent(jobs(engine.jobs.progress())) if user.may_manage_library else [],
        "pull": PullForm(places=pullable(found)) if user.may_manage_library and pullable(found) else None,
        "build_path": settings.STATIC_URL.strip("/"),
    }
    return render(request, "library/page.html", context)


@require_safe
@member_required
def models(request: HttpRequest, backend: str) -> HttpResponse:
    """What a backend has now (or offers, to those who may only look), and what of it is loaded; or why not."""
    manages = member_of(request).may_manage_library
    found = async_to_sync(shelf)(engine.registry, known_backend(backend), is_whole=manages)
    return render(request, "library/_shelf.html", {"shelf": found, "manages": manages})


@require_safe
@manager_required
def details(request: HttpRequest, backend: str) -> HttpResponse:
    """All that the server says of a model."""
    name = named_model(request)
    try:
        shown = async_to_sync(library_of(engine.registry.get(known_backend(backend))).show)(name)
    except BackendError as error:
        return render(request, "library/_failed.html", {"error": error}, status=422)
    return render(request, "library/_details.html", {"shown": shown})


def places() -> list[Place]:
    """All backends that have a library, in their order."""
    found = []
    for state in engine.registry.states():
        try:
            abilities = library_of(engine.registry.get(state.name)).abilities
        except BackendError as error:
            if error.code == "library_unsupported":
                continue
            abilities = frozenset()  # set up, and not to be used: asked for its models, it says why
        found.append(Place(state.name, state.label, state.host, abilities))
    return found


def pullable(found: list[Place]) -> list[tuple[str, str]]:
    """Names and labels of those that can download."""
    return [(place.name, place.label) for place in found if "pull" in place.abilities]
