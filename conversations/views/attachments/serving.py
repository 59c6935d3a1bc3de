"""The bytes and the text of an attachment, for those who may see its message."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from conversations.uploads.serving import serve_to
from conversations.views.access import member_required
from conversations.views.lookups import member_of


@require_safe
@member_required
def file(request: HttpRequest, attachment: UUID) -> HttpResponseBase:
    """The bytes as they are kept."""
    return serve_to(member_of(request), request, attachment, "file")


@require_safe
@member_required
def thumbnail(request: HttpRequest, attachment: UUID) -> HttpResponseBase:
    """A picture, small."""
    return serve_to(member_of(request), request, attachment, "thumbnail")


@require_safe
@member_required
def text(request: HttpRequest, attachment: UUID) -> HttpResponseBase:
    """What was read from a text or a PDF."""
    return serve_to(member_of(request), request, attachment, "text")
