"""The REST API: routers by noun, behind a token or the session, all errors as problem documents."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Router
from ninja.openapi.schema import OpenAPISchema
from ninja.renderers import BaseRenderer
from pydantic_core import to_json

from conversations.api import attachments, backends, conversations, messages, models, settings, transcripts
from conversations.api.access import SessionAuth, TokenAuth
from conversations.api.library import routers as library
from conversations.api.limits import throttle
from conversations.api.problems import MEDIA_TYPE, answer_errors_of


class Renderer(BaseRenderer):
    """Times to the microsecond, which Django's JSON cuts off."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: object, *, response_status: int) -> bytes:
        """The body."""
        return to_json(data)


class Api(NinjaAPI):
    """Ninja's, with the media type of errors in its description."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The OpenAPI 3.1 document."""
        schema = super().get_openapi_schema(**options)
        for operations in schema["paths"].values():
            for operation in operations.values():
                for status, answer in operation["responses"].items():
                    if str(status) >= "400" and "application/json" in answer.get("content", {}):
                        answer["content"] = {MEDIA_TYPE: answer["content"]["application/json"]}
        return schema


# The bundled documentation page is inline script, which the policy of the site forbids.
api = Api(
    title="Chatsite",
    version="1",
    description="Your conversations, for programs. Errors are problem documents (RFC 9457).",
    urls_namespace="api",
    docs_url=None,
    renderer=Renderer(),
    auth=[TokenAuth(), SessionAuth()],
    throttle=throttle,
)
answer_errors_of(api)
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
    conversations.router,
    settings.router,
    messages.router,
    models.router,
    backends.router,
    transcripts.router,
    attachments.router,
    *library,
    elsewhere,
):
    api.add_router("", router)
