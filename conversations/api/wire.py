"""Between HTTP and the operations: bodies that are read, answers that are written, methods that there are not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, NoReturn, cast

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from pydantic_core import to_json

from conversations.api.problems import NotJSON, not_allowed

View = Callable[..., HttpResponseBase]


class Renderer(BaseRenderer):
    """Times to the microsecond, which Django's JSON cuts off."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: object, *, response_status: int) -> bytes:
        """The body."""
        return to_json(data)


class BodyParser(Parser):
    """JSON that says that it is, and nothing that only Python takes for JSON."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Its value. Raises NotJSON, ValueError or RecursionError."""
        media_type = request.content_type or ""
        if media_type != "application/json" and not media_type.endswith("+json"):
            raise NotJSON(media_type)
        return json.loads(request.body, parse_constant=_refuse)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def conditional(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """The answer with an ETag of what it says; 304 to who has just that."""
    if request.method != "GET" or answer.status_code != 200:
        return answer
    etag = f'"{hashlib.sha256(answer.content).hexdigest()[:32]}"'
    found: HttpResponse = get_conditional_response(request, etag=etag) or answer
    found["ETag"] = etag
    found["Cache-Control"] = "private, no-cache"
    patch_vary_headers(found, ("Cookie", "Authorization"))
    return found


def answering(view: View) -> View:
    """HEAD wherever there is GET (servers leave the body out), and a problem document for a method there is not."""
    if iscoroutinefunction(view):
        later = cast("Callable[..., Awaitable[HttpResponseBase]]", view)

        @wraps(view)
        async def answer_later(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            with _as_get(request):
                return _explained(await later(request, *args, **kwargs))

        return cast(View, answer_later)

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with _as_get(request):
            return _explained(view(request, *args, **kwargs))

    return answer


@contextmanager
def _as_get(request: HttpRequest) -> Iterator[None]:
    method = request.method
    request.method = "GET" if method == "HEAD" else method
    try:
        yield
    finally:
        request.method = method


def _explained(answer: HttpResponseBase) -> HttpResponseBase:
    if not isinstance(answer, HttpResponseNotAllowed):
        return answer
    allowed = {method.strip() for method in answer["Allow"].split(",")}
    return not_allowed(sorted(allowed | ({"HEAD"} if "GET" in allowed else set())))
