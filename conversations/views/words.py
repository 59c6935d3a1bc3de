"""The words that the page's scripts say, in the language that the address names."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import translation
from django.views.i18n import JavaScriptCatalog

_catalog = JavaScriptCatalog.as_view(packages=["conversations"])


def catalog(request: HttpRequest, language: str, build: str) -> HttpResponseBase:
    """The catalogue, whatever language the request itself asks for: the answer is kept under this address for ever."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    with translation.override(language):
        return _catalog(request)
