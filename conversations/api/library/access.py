"""Who may do what with which backend."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest
from pydantic import BaseModel, Field

from conversations.api.access import user_of
from conversations.api.problems import Forbidden, Problem, Unacceptable
from conversations.backends.base import BackendRefused
from conversations.backends.library import LibraryBackend, library_of
from conversations.generation.engine import engine
from conversations.library.offered import may_use
from conversations.library.parameters import LONGEST_NAME, checked_parameters
from conversations.models import User

PROBLEMS: dict[int, type[BaseModel]] = dict.fromkeys((401, 403, 404, 413, 422, 429, 502, 503), Problem)


class Named(BaseModel):
    """What an operation is about."""

    model: str = Field(min_length=1, max_length=LONGEST_NAME)


def manager_of(request: HttpRequest) -> User:
    """Who asks. Raises Forbidden unless they may manage the library."""
    user = user_of(request)
    if not user.may_manage_library:
        raise Forbidden
    return user


def library(backend: str) -> LibraryBackend:
    """The library of a backend that is set up. Raises Http404, or BackendError for one without."""
    if backend not in engine.registry.names:
        raise Http404
    return library_of(engine.registry.get(backend))


def offered(request: HttpRequest, backend: str, model: str) -> LibraryBackend:
    """The library, to use the model. Raises Http404; BackendRefused("model_missing") for one that is not offered."""
    found = library(backend)
    if not may_use(user_of(request), backend, model):
        raise BackendRefused("model_missing")
    return found


def options(given: dict[str, Any] | None) -> dict[str, object]:
    """Options within their types and ranges. Raises Unacceptable."""
    try:
        return checked_parameters(given or {})
    except ValidationError as error:
        raise Unacceptable("options", " ".join(error.messages)) from error
