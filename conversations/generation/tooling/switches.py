"""Which tools can be used at all, and which are on in a conversation: for the menu, the API and the terminal."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from conversations.generation.tooling.offering import FILES, SERVER_PREFIX
from conversations.models import Conversation, ToolServer
from conversations.tools.calculator import CALCULATOR
from conversations.tools.clock import CLOCK

_NAMED = 4


@dataclass(frozen=True, slots=True)
class Switch:
    """A tool or a server of tools; `value` is what a conversation remembers. What is not `usable` is only put off."""

    value: str
    label: str
    hint: str
    note: str = ""
    usable: bool = True
    is_on: bool = False


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
