"""Temporary chats on the site: what is said of how long they last, and keeping one after all."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from conversations.generation.announcements import conversation_changed
from conversations.keeping import temporary
from conversations.views.access import member_required, problem
from conversations.views.lookups import visible_conversation


def temporary_words() -> str:
    """How long a temporary chat is kept."""
    minutes = max(1, round(settings.TEMPORARY_CLOSED_SECONDS / 60))
    words = ngettext(
        "deleted %(minutes)s minute after its last tab is closed",
        "deleted %(minutes)s minutes after its last tab is closed",
        minutes,
    )
    return words % {"minutes": minutes}


@require_POST
@member_required
def keep(request: HttpRequest, conversation: UUID) -> HttpResponse:
    """Make it an ordinary one; harmless when it is."""
    found = visible_conversation(request, conversation)
    if found.is_temporary and not temporary.keep(found):
        return problem(409, "gone", _("This temporary chat is being deleted."), _("Its time was over."))
    conversation_changed(found.pk)
    return HttpResponse(status=204)
