"""What a call of a tool says of itself on the page: its name, what it was given in one line, and how it stands."""

from __future__ import annotations

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations.faults import fault
from conversations.generation.tooling.rows import ASKING
from conversations.generation.tooling.words import gist_of, label_of, written
from conversations.models import Message, State

register = template.Library()

# static/js/message.js has the same.
_OWN = {
    "current_time": gettext_lazy("Date and time"),
    "calculator": gettext_lazy("Calculator"),
    "list_attachments": gettext_lazy("List of files"),
    "read_attachment": gettext_lazy("Reading a file"),
}


@register.filter
def is_asking(message: Message) -> bool:
    """Whether it waits for a person's word."""
    return message.state == State.QUEUED and message.reason == ASKING


@register.filter
def tool_label(message: Message) -> str:
    """Whose tool, and which; those of the site's own have names in the reader's language."""
    label = label_of(message)
    return str(_OWN.get(label, label))


@register.filter
def gist(message: Message) -> str:
    """What it was given, in a line."""
    return gist_of(message.provenance.get("arguments"))


@register.filter
def arguments(message: Message) -> str:
    """What it was given, in full."""
    return written(message.provenance.get("arguments"))


@register.filter
def call_state(message: Message) -> str:
    """How it stands: its phase, its duration, or what went wrong."""
    match message.state:
        case State.QUEUED:
            return _("Waits for you") if message.reason == ASKING else _("Waiting")
        case State.COMPLETE:
            took = message.metrics.get("total_ms")
            return _duration(int(took)) if isinstance(took, int | float) else ""
        case State.FAILED:
            return str(fault(message.error_code).text)
        case State.STOPPED | State.INTERRUPTED:
            return str(message.get_state_display())
    return _("Running")


def _duration(milliseconds: int) -> str:
    seconds = milliseconds / 1000
    digits = 3 if seconds < 0.0095 else 2 if seconds < 0.095 else 1 if seconds < 9.95 else 0
    return _("%(seconds)s s") % {"seconds": number_format(seconds, digits)}
