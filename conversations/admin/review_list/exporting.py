"""The chosen conversations as a zip of transcripts: for a reason, on the record, never what the asker is blind to."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import IO
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations.exports.rights import RIGHT, ExportRefused, Reader
from conversations.models import Conversation, User
from conversations.models.review.access_record import REASON_LIMIT
from conversations.review.blinding import without_blind
from conversations.review.reading import SHORTEST, sitting_of
from conversations.transcripts import FORMATS, Format, outline

MOST = 200  # larger ones are made in the background, or by `manage.py export`
_REFUSALS: dict[str, str | Promise] = {
    "not_allowed": gettext_lazy("You may not export other people’s conversations."),
    "switched_off": gettext_lazy("Reading is switched off for this site, and exporting with it."),
    "reason_missing": gettext_lazy("Say why you export them, in %(least)s characters or more: their owners are told."),
    "reason_too_long": gettext_lazy("Say it in %(most)s characters or fewer."),
    "signed_out": gettext_lazy("Sign in again."),
}


def export(request: HttpRequest, user: User, chosen: list[UUID]) -> HttpResponse | None:
    """The file; None after a message that says why there is none."""
    wanted = FORMATS.get(request.POST.get("format", ""))
    reader = Reader(user, "all", request.POST.get("reason", ""), sitting_of(request.session.session_key))
    problem = _problem(user, chosen, wanted)
    try:
        reader.check()
    except ExportRefused as refused:
        problem = str(_REFUSALS[refused.code]) % {"least": SHORTEST, "most": REASON_LIMIT}
    if problem or wanted is None:
        messages.error(request, problem)
        return None
    found = list(Conversation.objects.filter(pk__in=chosen).order_by("-updated_at", "pk"))
    reader.record(found)
    file = TemporaryFile()  # noqa: SIM115 - the answer closes it
    _pack(found, wanted, file)
    file.seek(0)
    name = f"conversations {timezone.localdate().isoformat()}.zip"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")  # type: ignore[return-value]


def _problem(user: User, chosen: list[UUID], wanted: Format | None) -> str:
    if not user.has_perm(RIGHT):
        return str(_REFUSALS["not_allowed"])
    if wanted is None:
        return _("Choose a format.")
    if len(chosen) > MOST:
        return _("At most %(most)d are exported from here at a time: choose fewer.") % {"most": MOST}
    if without_blind(Conversation.objects.filter(pk__in=chosen), user).count() < len(chosen):
        return _("Some of them are in a blind project of yours: leave those out, they would tell the names.")
    return ""


def _pack(found: list[Conversation], wanted: Format, file: IO[bytes]) -> None:
    with ZipFile(file, "w", ZIP_DEFLATED) as package:
        for conversation in found:
            name = f"{conversation.pk} {wanted.file_name(conversation.title)}"
            with package.open(name, "w", force_zip64=True) as part:
                for piece in wanted.write(outline(conversation)):
                    part.write(piece)
