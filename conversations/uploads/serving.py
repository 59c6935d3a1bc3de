"""The bytes and the text of an attachment.

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

from conversations.models import Attachment, User
from conversations.models.attachment import Kind
from conversations.uploads.storage import SMALL, path_of

SANDBOX = "default-src 'none'; frame-ancestors 'none'; sandbox"

Form = Literal["file", "thumbnail", "text"]


def serve_to(user: User, request: HttpRequest, pk: UUID, form: Form) -> HttpResponseBase:
    """An attachment that `user` may see, in one of its forms. Raises Http404."""
    found = Attachment.objects.visible_to(user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return serve(request, found, form)


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
