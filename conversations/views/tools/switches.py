"""The switches of the tools menu: what can be used at all, and what is on in this conversation."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from conversations.generation.tooling.offering import FILES, SERVER_PREFIX
from conversations.models import Conversation, ToolServer
from conversations.tools.calculator import CALCULATOR
from conversations.tools.clock import CLOCK
from conversations.views.access import member_required, problem
from conversations.views.lookups import stored_or_new

_NAMED = 4


@dataclass(frozen=True, slots=True)
class Switch:
    """A line of the menu; `value` is what the conversation remembers. One that is not `usable` can only be put off."""

    value: str
    label: str
    hint: str
    note: str = ""
    usable: bool = True
    is_on: bool = False


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


def switches(conversation: Conversation) -> list[Switch]:
    """Tools of our own, MCP servers that are in use, and what is on although it is not there any more."""
    on = [name for name in conversation.tools if isinstance(name, str)]
    own = [
        Switch(CLOCK.name, _("Date and time"), _("What day and time it is, in any time zone"), is_on=CLOCK.name in on),
        Switch(CALCULATOR.name, _("Calculator"), _("Arithmetic, exactly"), is_on=CALCULATOR.name in on),
        Switch(FILES, _("Files"), _("Reads the files of this conversation piece by piece"), is_on=FILES in on),
    ]
    found = own + [_of(row, on) for row in ToolServer.objects.in_use()]
    gone = set(on) - {switch.value for switch in found}
    lost = [Switch(name, name.removeprefix(SERVER_PREFIX), _("Not here any more"), "", False, True) for name in gone]
    return found + sorted(lost, key=lambda switch: switch.label)


def _of(row: ToolServer, on: list[str]) -> Switch:
    names = [str(tool["name"]) for tool in row.tools]
    value = f"{SERVER_PREFIX}{row.slug}"
    if not names:
        return Switch(value, row.name, _("Did not answer when it was asked last"), "", False, value in on)
    hint = ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
    return Switch(value, row.name, hint, row.get_approval_display(), True, value in on)
