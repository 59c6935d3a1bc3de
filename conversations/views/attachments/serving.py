"""The bytes and the text of an attachment, for those who may see its message.

Whatever is in a file, it does nothing here: it comes with the type that the server gave it and `nosniff`, into a
sandbox without script or requests, and a browser saves it rather than opening it, pictures apart.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from conversations.models import Attachment, User
from conversations.models.attachment import Kind
from conversations.uploads.storage import SMALL, path_of
from conversations.views.access import member_required
from conversations.views.lookups import member_of

SANDBOX = "default-src 'none'; frame-ancestors 'none'; sandbox"


Form = Literal["file", "thumbnail", "text"]


@require_safe
@member_required
def file(request: HttpRequest, attachment: UUID) -> HttpResponseBase:
    """The bytes as they are kept."""
    return send_file(request, member_of(request), attachment)


@require_safe
@member_required
def thumbnail(request: HttpRequest, attachment: UUID) -> HttpResponseBase:
    """A picture, small."""
    return serve(request, _visible(member_of(request), attachment), "thumbnail")


@require_safe
@member_required
def text(request: HttpRequest, attachment: UUID) -> HttpResponseBase:
    """What was read from a text or a PDF."""
    return serve(request, _visible(member_of(request), attachment), "text")


def send_file(request: HttpRequest, user: User, pk: UUID) -> HttpResponseBase:
    """The bytes of an attachment that `user` may see. Raises Http404."""
    return serve(request, _visible(user, pk), "file")


def serve(request: HttpRequest, found: Attachment, form: Form) -> HttpResponseBase:
    """An attachment in one of its forms; whoever calls this has seen to it that it may be seen.

    Raises Http404 for the thumbnail of a text and the text of a picture.
    """
    is_image = found.kind == Kind.IMAGE
    match form:
        case "file" if not found.stored_name:  # imported: there is its text alone
            ending = ".txt" if found.kind == Kind.PDF else ""
            answer = HttpResponse(found.text, content_type="text/plain; charset=utf-8")
            return _guarded(answer, found, is_saved=True, ending=ending)
        case "file":
            return _send(request, found, "text/plain" if found.kind == Kind.TEXT else found.media_type)
        case "thumbnail" if is_image:
            return _send(request, found, "image/webp", SMALL)
        case "text" if not is_image:
            return _guarded(HttpResponse(found.text, content_type="text/plain; charset=utf-8"), found, is_saved=False)
    raise Http404


def _visible(user: User, pk: UUID) -> Attachment:
    found = Attachment.objects.visible_to(user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _send(request: HttpRequest, found: Attachment, media_type: str, ending: str = "") -> HttpResponseBase:
    etag = f'"{found.stored_name[:16]}{ending}"'
    answer = get_conditional_response(request, etag=etag)
    if answer is None:
        try:
            answer = HttpResponse(path_of(found.stored_name, ending).read_bytes(), content_type=media_type)
        except FileNotFoundError:
            raise Http404 from None
    answer["ETag"] = etag
    return _guarded(answer, found, is_saved=found.kind != Kind.IMAGE)


def _guarded(answer: HttpResponseBase, found: Attachment, *, is_saved: bool, ending: str = "") -> HttpResponseBase:
    answer["Content-Disposition"] = str(content_disposition_header(is_saved, found.name + ending))
    answer["Content-Security-Policy"] = SANDBOX
    answer["X-Content-Type-Options"] = "nosniff"
    # Kept by the browser, and asked for each time whether it may still be shown.
    answer["Cache-Control"] = "private, no-cache"
    answer["Vary"] = "Cookie, Authorization"
    return answer
