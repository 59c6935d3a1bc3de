"""What the model picker offers, and what the empty page says was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conversations.backends.registry import BackendState
from conversations.live.protocol.events import BackendChanged, ModelView
from conversations.models import Conversation, User


@dataclass(frozen=True, slots=True)
class Choice:
    """A model to choose. `value` is `backend/name`; `host` is said only where several servers share the model."""

    value: str
    label: str
    note: str
    capabilities: list[str]
    host: str = ""


@dataclass(frozen=True, slots=True)
class ChoiceGroup:
    """The models of a backend; none while it has not answered yet. `host` is empty for this server."""

    backend: str
    label: str
    models: list[Choice]
    host: str = ""


@dataclass(frozen=True, slots=True)
class Picker:
    """The picker; `chosen` is the value of what is chosen, or empty."""

    groups: list[ChoiceGroup]
    chosen: str

    @property
    def host(self) -> str:
        """The host that the chosen model runs on; empty for this server."""
        backend = self.chosen.partition("/")[0]
        for model in (model for group in self.groups for model in group.models):
            if model.value == self.chosen and model.host:
                return model.host
        return next((group.host for group in self.groups if group.backend == backend), "")


def picker_for(
    conversation: Conversation, user: User, events: Sequence[BackendChanged], default: tuple[str, str]
) -> Picker:
    """The models of all backends. A new conversation has the model of the last one, while that is offered."""
    chosen = _listed(events, conversation.backend_name, conversation.model_name)
    groups = [
        ChoiceGroup(event.name, _label(event), _choices(event.models), event.host)
        for event in events
        if event.models or event.state != "up"  # what one shares is listed by another
    ]
    offered = {model.value for group in groups for model in group.models}
    if not chosen:
        last = Conversation.objects.visible_to(user).order_by("-updated_at")
        chosen = _listed(events, *(last.values_list("backend_name", "model_name").first() or ("", "")))
        chosen = chosen if chosen in offered else _value(*default)
    elif chosen not in offered:
        is_gone = conversation.backend_name not in {event.name for event in events}
        note = _("Its server is gone") if is_gone else _("Not available at the moment")
        missing = Choice(chosen, conversation.model_name, note, [])
        _group_of(groups, conversation.backend_name).models.append(missing)
    return Picker(groups, chosen)


def _listed(events: Sequence[BackendChanged], backend: str, name: str) -> str:
    """The value of the model: where it is listed, which is at another server when several share it."""
    for model in (model for event in events for model in event.models):
        if (model.backend == backend or backend in model.others) and model.name in (name, f"{name}:latest"):
            return _value(model.backend, model.name)
    return _value(backend, name)


def found(states: Sequence[BackendState]) -> str:
    """One line on the backends that answer: what, where, and how many models."""
    parts = []
    for state in states:
        if state.state == "up" and state.address:
            name = f"{state.label} {state.version}".strip()
            count = len(state.models)
            parts.append(
                ngettext("%(name)s at %(address)s, %(count)s model", "%(name)s at %(address)s, %(count)s models", count)
                % {"name": name, "address": _short(state.address), "count": count}
            )
        elif state.state == "up":
            parts.extend(f"{model.name}: {_(model.note)}" for model in state.models if model.note)
    return " · ".join(parts)


def _group_of(groups: list[ChoiceGroup], backend: str) -> ChoiceGroup:
    for group in groups:
        if group.backend == backend:
            return group
    groups.append(ChoiceGroup(backend, backend.capitalize(), []))
    return groups[-1]


def _choices(models: Sequence[ModelView]) -> list[Choice]:
    able = [model for model in models if model.capabilities is None or "completion" in model.capabilities]
    return [
        Choice(
            _value(model.backend, model.name),
            model.name,
            model.note or model.label,
            model.capabilities or [],
            " / ".join(host or _("this server") for host in model.hosts) if len(model.hosts) > 1 else "",
        )
        for model in able
    ]


def _label(event: BackendChanged) -> str:
    """What the backend is, and where; what has no address says what it is instead."""
    notes = [_short(event.address)] if event.address else [model.note for model in event.models]
    return " · ".join(filter(None, (event.label, *notes[:1])))


def _short(address: str) -> str:
    return address.removeprefix("http://").removeprefix("https://")


def _value(backend: str, name: str) -> str:
    return f"{backend}/{name}" if name else ""
