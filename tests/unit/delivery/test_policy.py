"""The headers that every page carries, whichever way Django is run."""

import asyncio
from collections.abc import Awaitable
from typing import cast

from asgiref.sync import iscoroutinefunction
from django.http import HttpResponse
from django.http.request import HttpRequest
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from chatsite.policy import HEADERS, PolicyMiddleware

EXPECTED = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "manifest-src 'self'; require-trusted-types-for 'script'; trusted-types md"
)


def _through(view: HttpResponse) -> HttpResponseBase:
    answer = PolicyMiddleware(lambda request: view)(RequestFactory().get("/"))
    return cast(HttpResponseBase, answer)


def test_a_page_carries_the_whole_policy() -> None:
    response = _through(HttpResponse("hello"))
    assert response.headers["Content-Security-Policy"] == EXPECTED
    assert {name: response.headers[name] for name in HEADERS} == HEADERS
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "unsafe" not in EXPECTED


def test_an_asynchronous_stack_is_protected_too() -> None:
    async def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("hello")

    middleware = PolicyMiddleware(view)
    assert iscoroutinefunction(middleware)

    async def visit() -> HttpResponseBase:
        return await cast("Awaitable[HttpResponseBase]", middleware(RequestFactory().get("/")))

    assert asyncio.run(visit()).headers["Content-Security-Policy"] == EXPECTED


def test_a_view_replaces_the_directives_that_it_names_and_no_others() -> None:
    page = HttpResponse("frame")
    page.csp = {"style-src": "'unsafe-inline'"}  # type: ignore[attr-defined]
    assert _through(page).headers["Content-Security-Policy"] == EXPECTED.replace(
        "style-src 'self'", "style-src 'unsafe-inline'"
    )
    assert _through(HttpResponse()).headers["Content-Security-Policy"] == EXPECTED


def test_a_view_drops_the_directives_that_it_leaves_empty() -> None:
    page = HttpResponse("older scripts")
    page.csp = {"require-trusted-types-for": "", "trusted-types": ""}  # type: ignore[attr-defined]
    assert "trusted" not in _through(page).headers["Content-Security-Policy"]


def test_a_header_that_a_view_set_stays() -> None:
    page = HttpResponse("file", headers={"Cross-Origin-Resource-Policy": "cross-origin"})
    assert _through(page).headers["Cross-Origin-Resource-Policy"] == "cross-origin"
