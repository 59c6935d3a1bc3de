"""How a server stands, in words for whoever sets it up."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from conversations.backends.registry import BackendState
from conversations.faults import fault
from conversations.generation.servers.trying import Finding
from conversations.models import Backend

_DETAIL_LENGTH = 300
_OTHERWISE = gettext_lazy("Check the kind, the address and the key.")
_ADVICE = {
    "upstream_down": gettext_lazy(
        "Check the address and the port, and that the server runs and listens for this machine."
    ),
    "upstream_timeout": gettext_lazy("It takes connections and says nothing. Check the address and the port."),
    "unauthorized": gettext_lazy("Check the key."),
    "upstream_protocol": gettext_lazy("Something else answers there. Check the kind, the address and its path."),
    "key_unreadable": gettext_lazy("Enter the key again."),
}


def state_words(state: BackendState) -> str:
    """One line: up with its version and models, or what is wrong."""
    if state.state == "unknown":
        return _("Not looked at yet")
    if state.state == "down":
        return str(fault(state.code).text)
    return " · ".join(filter(None, (_("Up"), state.version, models_words(len(state.models)))))


def models_words(count: int) -> str:
    """How many."""
    return ngettext("%(count)d model", "%(count)d models", count) % {"count": count}


def finding_lines(finding: Finding) -> list[str]:
    """What a test found: the answer with its time, or the error and what to do."""
    state = finding.state
    took = {"address": state.address, "ms": finding.milliseconds}
    if state.state == "up":
        lines = [
            _("%(address)s answers, in %(ms)d ms.") % took,
            " · ".join(filter(None, (version_words(state), models_words(len(finding.state.models))))),
        ]
        nothing = _("It lists no models. Install one there, or name them in the form.")
        return lines if state.models else [*lines, nothing]
    lines = [_("%(address)s: %(error)s") % {"address": state.address, "error": fault(state.code).text}]
    return [
        *lines,
        str(_ADVICE.get(state.code, _OTHERWISE)),
        *([state.detail[:_DETAIL_LENGTH]] if state.detail else []),
    ]


def version_words(state: BackendState) -> str:
    """What it says that it is."""
    return _("Version %(version)s") % {"version": state.version} if state.version else ""


def environment_words(row: Backend) -> str:
    """Where a row comes from that was not made here."""
    variable = "OLLAMA_HOST" if row.name == "ollama" else "OPENAI_BASE_URL"
    return _("This server was set up by %(variable)s and follows it until a change is saved here.") % {
        "variable": variable
    }
