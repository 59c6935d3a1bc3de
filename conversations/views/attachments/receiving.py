"""A file comes in, or is taken back before it was sent."""

from __future__ import annotations

from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from conversations.faults import UPLOADS
from conversations.models import Attachment
from conversations.uploads.receiving import Rejected, receive
from conversations.uploads.showing import view_of
from conversations.views.access import member_required, problem
from conversations.views.lookups import member_of


@require_POST
@member_required
def upload(request: HttpRequest) -> HttpResponse:
    """Take in the file of the field `file`: 201 with its `AttachmentView`, 422 or 503 with the reason."""
    file = request.FILES.get("file")
    try:
        if not isinstance(file, UploadedFile):
            raise Rejected("file_missing")
        attachment = receive(member_of(request), file)
    except Rejected as rejected:
        words = UPLOADS[rejected.code]
        status = 503 if words.retryable else 422
        return problem(status, rejected.code, str(words.text) % rejected.values, str(words.advice))
    return JsonResponse(view_of(attachment).model_dump(mode="json"), status=201)


@require_POST
@member_required
def remove(request: HttpRequest, attachment: UUID) -> HttpResponse:
    """Take back one that is not sent yet."""
    gone, _rows = Attachment.objects.unsent_by(member_of(request)).filter(pk=attachment).delete()
    if not gone:
        raise Http404
    return HttpResponse(status=204)
