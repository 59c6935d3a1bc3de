"""The files of a conversation, for those who have opened it. Not on a blind page: what is in one may name its owner.

Opening one leaves an entry in the admin's log, beside the record of the reading; looking at thumbnails is reading.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib.admin import ModelAdmin
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from conversations.admin.reading.frame import people_of
from conversations.admin.reading.gate import opened
from conversations.models import Attachment, Conversation
from conversations.uploads.serving import Form, serve

FORMS: dict[str, Form] = {"file": "file", "thumbnail": "thumbnail", "text": "text"}


def show(door: ModelAdmin[Conversation]) -> Callable[..., HttpResponseBase]:
    """The door to a file: `form` is `file`, `thumbnail` or `text`. What is foreign is not found."""

    @require_safe
    def shown(request: HttpRequest, conversation: UUID, attachment: UUID, form: str) -> HttpResponseBase:
        found = opened(request, Conversation.objects.select_related("owner").filter(pk=conversation).first())
        file = Attachment.objects.filter(message__conversation=found, pk=attachment).first()
        if file is None or form not in FORMS or people_of(request, found).is_blind:
            raise Http404
        answer = serve(request, file, FORMS[form])
        if form != "thumbnail" and request.method == "GET":
            door.log_change(request, found, _("Opened the file “%(name)s”.") % {"name": file.name})
        return answer

    return shown
