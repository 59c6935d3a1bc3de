"""The chosen conversations as a zip of transcripts: for a reason, on the record, never what the asker is blind to.

It is sent while it is read, so there may be any number of them.
"""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from conversations.exports.answers import package_answer, sent
from conversations.exports.packages import Writing
from conversations.exports.request import ExportRequest
from conversations.exports.rights import RIGHT, ExportRefused, Reader
from conversations.exports.words import refusal
from conversations.models import Conversation, User
from conversations.models.review.access_record import REASON_LIMIT
from conversations.review.blinding import without_blind
from conversations.review.reading import SHORTEST, sitting_of

_REFUSALS: dict[str, str | Promise] = {
    "not_allowed": gettext_lazy("You may not export other people’s conversations."),
    "switched_off": gettext_lazy("Reading is switched off for this site, and exporting with it."),
    "reason_missing": gettext_lazy("Say why you export them, in %(least)s characters or more: their owners are told."),
    "reason_too_long": gettext_lazy("Say it in %(most)s characters or fewer."),
    "signed_out": gettext_lazy("Sign in again."),
}


class _Unsuitable(ValueError):
    """The text says why there is no export."""


def export(request: HttpRequest, user: User, chosen: QuerySet[Conversation]) -> HttpResponse | None:
    """The file; None after a message that says why there is none."""
    reader = Reader(user, "all", request.POST.get("reason", ""), sitting_of(request.session.session_key))
    try:
        writing = Writing.of(_wanted(request, user, chosen), reader, chosen)
    except ExportRefused as refused:
        words = _REFUSALS.get(refused.code) or refusal(refused.code)
        messages.error(request, str(words) % {"least": SHORTEST, "most": REASON_LIMIT})
        return None
    except _Unsuitable as error:
        messages.error(request, str(error))
        return None
    return package_answer(sent(writing, translation.get_language() or "en"), writing.request)  # type: ignore[return-value]


def _wanted(request: HttpRequest, user: User, chosen: QuerySet[Conversation]) -> ExportRequest:
    """Raises ExportRefused, and _Unsuitable for what is no format, and for what would tell the names of a project."""
    if not user.has_perm(RIGHT):
        raise ExportRefused("not_allowed")
    try:
        wanted = ExportRequest.model_validate(
            {"whose": "all", "format": request.POST.get("format"), "redact": request.POST.get("redact", "")}
        )
    except ValidationError:
        raise _Unsuitable(_("Choose a format.")) from None
    seen = without_blind(chosen, user)
    if seen is not chosen and seen.count() < chosen.count():
        raise _Unsuitable(
            _("Some of them are in a blind project of yours: leave those out, they would tell the names.")
        )
    return wanted
