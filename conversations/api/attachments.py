"""Files for messages: sent up here, then named in a question."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from ninja import File, Router, Status
from ninja.files import UploadedFile

from conversations.api.access import user_of
from conversations.api.lookups import there
from conversations.api.problems import Problem
from conversations.live.protocol.events import AttachmentView
from conversations.models import Attachment
from conversations.uploads.receiving import receive
from conversations.uploads.serving import serve_to
from conversations.uploads.showing import view_of

router = Router(tags=["attachments"])


@router.post(
    "/attachments",
    response={201: AttachmentView, 401: Problem, 422: Problem, 429: Problem, 503: Problem},
    url_name="attachments",
    operation_id="createAttachment",
    summary="Send up a picture, a text or a PDF",
)
def create(request: HttpRequest, file: File[UploadedFile]) -> Status[AttachmentView]:
    """It belongs to nobody's message until a question names it (`attachments`), and is deleted after a day.

    Pictures (PNG, JPEG, WebP, GIF) are written anew without their metadata. Of texts and PDFs the text is read.
    """
    return Status(201, view_of(receive(user_of(request), file)))


@router.get(
    "/attachments/{attachment}",
    response={200: AttachmentView, 401: Problem, 404: Problem, 422: Problem, 429: Problem},
    operation_id="readAttachment",
    summary="Read what is known of a file",
)
def show(request: HttpRequest, attachment: UUID) -> AttachmentView:
    """Its own ones that are not sent, and those of messages that the asker may see."""
    found = there(Attachment.objects.visible_to(user_of(request)).filter(pk=attachment).first())
    return view_of(found)


@router.get(
    "/attachments/{attachment}/file",
    response={401: Problem, 404: Problem, 422: Problem, 429: Problem},
    operation_id="readAttachmentFile",
    summary="Read the bytes of a file",
    openapi_extra={
        "responses": {
            200: {
                "description": "The bytes as they are kept.",
                "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
            },
            304: {"description": "It is as it was: `If-None-Match` named its ETag."},
        }
    },
)
def read_file(request: HttpRequest, attachment: UUID) -> HttpResponseBase:
    """With an `ETag`."""
    return serve_to(user_of(request), request, attachment, "file")


@router.delete(
    "/attachments/{attachment}",
    response={204: None, 401: Problem, 404: Problem, 422: Problem, 429: Problem},
    operation_id="deleteAttachment",
    summary="Take back a file that is not sent yet",
)
def delete(request: HttpRequest, attachment: UUID) -> Status[None]:
    """One that a message has goes with its message."""
    gone, _rows = Attachment.objects.unsent_by(user_of(request)).filter(pk=attachment).delete()
    if not gone:
        raise Http404
    return Status(204, None)
