"""The tools menu of a conversation: what it shows, and what is put on or off there."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from conversations.generation.tooling.switches import switches
from conversations.views.access import member_required, problem
from conversations.views.lookups import stored_or_new


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def tools(request: HttpRequest, conversation: UUID) -> HttpResponse:
    """The menu, or the names that are on from now on (`tools`, once for each); of a conversation that is stored."""
    found = stored_or_new(request, conversation)
    if request.method != "POST":
        return render(
            request, "chat/tools/_switches.html", {"switches": switches(found), "is_new": found._state.adding}
        )
    if found._state.adding:
        raise Http404
    wanted = request.POST.getlist("tools")
    known = [switch.value for switch in switches(found)]
    if unknown := sorted(set(wanted) - set(known)):
        words = _("There is no tool “%(name)s” here.") % {"name": unknown[0][:60]}
        return problem(422, "bad_field", words, _("Open the menu again and choose there."))
    found.tools = [name for name in known if name in wanted]
    found.save(update_fields=["tools"])
    return HttpResponse(status=204)
