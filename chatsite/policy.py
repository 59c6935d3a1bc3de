"""What a browser may do with our pages: Content-Security-Policy and its siblings, on every answer that Django gives.

A view that needs other sources sets `response.csp` to the directives that it replaces; one without a value is left out.
"""

from collections.abc import Awaitable, Callable
from typing import cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

SECURE_CSP = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-src": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "manifest-src": "'self'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "md",
}
"""Nothing inline, nothing remote, and only the policy named `md` (static/js/markdown/html.js) makes HTML."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
    "hid=(), magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()",
}

Answer = HttpResponseBase | Awaitable[HttpResponseBase]


class PolicyMiddleware:
    """Adds the headers, in a synchronous stack as in an asynchronous one. A header that a view set stays."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Answer]) -> None:
        self._get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Answer:
        answer = self._get_response(request)
        return self._later(answer) if isinstance(answer, Awaitable) else _protect(answer)

    async def _later(self, answer: Awaitable[HttpResponseBase]) -> HttpResponseBase:
        return _protect(await answer)


def _protect(response: HttpResponseBase) -> HttpResponseBase:
    replaced = cast("dict[str, str]", getattr(response, "csp", {}))
    policy = "; ".join(f"{name} {sources}" for name, sources in {**SECURE_CSP, **replaced}.items() if sources)
    for name, value in {"Content-Security-Policy": policy, **HEADERS}.items():
        response.headers.setdefault(name, value)
    return response
