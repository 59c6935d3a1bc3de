"""Who may change the library, and finding what an address names."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from conversations.generation.engine import engine
from conversations.library.parameters import LONGEST_NAME
from conversations.text import clean_line
from conversations.views.access import member_required, problem
from conversations.views.lookups import member_of

P = ParamSpec("P")


def manager_required(
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Let in who may manage the library; other members get 403."""

    @member_required
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if member_of(request).may_manage_library:
            return view(request, *args, **kwargs)
        return problem(403, "forbidden", _("You may look at the models, not change them."), _("An administrator may."))

    return guarded


def known_backend(name: str) -> str:
    """The name of a backend that is set up. Raises Http404."""
    if name not in engine.registry.names:
        raise Http404
    return name


def named_model(request: HttpRequest) -> str:
    """The model that the request is about. Raises Http404 for what cannot be one."""
    name = request.POST.get("model", "") or request.GET.get("model", "")
    if not name or clean_line(name, LONGEST_NAME) != name:
        raise Http404
    return name
