"""The REST API's description: `/api/v1/openapi.json` for programs, `/api/v1/docs` for people. Neither says anything
of anybody, so both are for everybody."""

from __future__ import annotations

import hashlib

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe
from pydantic_core import from_json

from conversations.api import api
from conversations.api.openapi.document import document_of
from conversations.api.openapi.reading import reference_of
from conversations.models.token import Scope

_FIRST = "curl -H 'Authorization: Bearer cs_…'"


@require_safe
def document(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    body = document_of(api)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    unchanged = get_conditional_response(request, etag=etag)
    answer = unchanged or HttpResponse(body, content_type="application/json")
    answer["ETag"] = etag
    answer["Cache-Control"] = "no-cache"
    return answer


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The same, to be read: operations by tag, with what they take and answer."""
    base = request.build_absolute_uri("/").rstrip("/")
    reference = reference_of(from_json(document_of(api)), base)
    context = {"reference": reference, "scopes": list(Scope), "first": f"{_FIRST} {base}/api/v1/conversations"}
    return render(request, "reference/page.html", context)
