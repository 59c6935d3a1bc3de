"""How full the context is, for the gauge beside the message box."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from conversations.generation.engine import engine
from conversations.generation.insight.forecast import forecast
from conversations.views.access import member_required
from conversations.views.lookups import stored_or_new


@require_safe
@member_required
def context(request: HttpRequest, conversation: UUID) -> HttpResponse:
    """The forecast for the model that is chosen in the page (`backend`, `name`); {} when nobody knows."""
    found = stored_or_new(request, conversation)
    chosen = (request.GET.get("backend", found.backend_name), request.GET.get("name", found.model_name))
    known = forecast(engine.registry, found, chosen)
    return JsonResponse({} if known is None else asdict(known))
