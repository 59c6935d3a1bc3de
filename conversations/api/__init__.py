"""The REST API: routers by noun, behind a token or the session, all errors as problem documents."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI, Router
from ninja.openapi.schema import OpenAPISchema

from conversations.api import (
    attachments,
    backends,
    imports,
    me,
    messages,
    models,
    ratings,
    reviews,
    signing,
    transcripts,
)
from conversations.api.access import needs
from conversations.api.conversations import routers as conversations
from conversations.api.exports import answer_refusals_of
from conversations.api.exports import routers as exports
from conversations.api.keeping import routers as keeping
from conversations.api.library import routers as library
from conversations.api.limits import throttle
from conversations.api.openapi.description import Description
from conversations.api.problems import answer_errors_of
from conversations.api.wire import BodyParser, Renderer, answering, conditional


class Api(NinjaAPI):
    """Ninja's, that describes itself fully, and whose readers are told when nothing has changed."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The OpenAPI 3.1 document."""
        return Description(self, options.get("path_prefix") or self.get_root_path(options.get("path_params") or {}))

    def create_response(self, request: HttpRequest, data: Any, **options: Any) -> HttpResponse:
        """With an ETag, where it is read."""
        return conditional(request, super().create_response(request, data, **options))

    @property
    def urls(self) -> tuple[list[URLResolver | URLPattern], str, str]:
        """The addresses."""
        patterns, application, namespace = super().urls
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                pattern.callback = answering(pattern.callback)
        return patterns, application, namespace


# The document and its page are openapi/pages.py: ninja makes the one anew for every request, and its page is
# inline script, which the policy of the site forbids.
api = Api(
    title="Chatsite",
    version="1",
    description="Your conversations, for programs. Errors are problem documents (RFC 9457).",
    urls_namespace="api",
    openapi_url=None,
    docs_url=None,
    renderer=Renderer(),
    parser=BodyParser(),
    auth=needs(),
    throttle=throttle,
)
answer_errors_of(api)
answer_refusals_of(api)
elsewhere = Router(auth=None, throttle=[])
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


@elsewhere.api_operation(METHODS, "/", include_in_schema=False)
def nothing(request: HttpRequest) -> HttpResponse:
    """404 for programs, whatever they accept."""
    raise Http404


@elsewhere.api_operation(METHODS, "/{path:address}", include_in_schema=False)
def unknown(request: HttpRequest, address: str) -> HttpResponse:
    """The same."""
    raise Http404


for router in (
    me.router,
    *conversations,
    messages.router,
    *keeping,
    models.router,
    backends.router,
    transcripts.router,
    signing.router,
    imports.router,
    *exports,
    attachments.router,
    ratings.router,
    reviews.router,
    *library,
    elsewhere,
):
    api.add_router("", router)
