"""How the servers stand, in the words of the protocol: a model that several of them share is listed once."""

from __future__ import annotations

from django.utils.translation import gettext

from conversations.backends.base import ModelInfo
from conversations.backends.registry import BackendState, Registry
from conversations.live.protocol.events import BackendChanged, ModelView


def backend_events(registry: Registry) -> list[BackendChanged]:
    """How all of them stand."""
    return [_event(registry, state) for state in registry.states()]


def gone_event(name: str) -> BackendChanged:
    """It is not there any more, and neither are its models."""
    return BackendChanged(name=name, label=name, address="", host="", state="gone", models=[])


def _event(registry: Registry, state: BackendState) -> BackendChanged:
    models = [_view(registry, state, model) for model in state.models]
    return BackendChanged(
        name=state.name,
        label=state.label,
        address=state.address,
        host=state.host,
        state=state.state,
        code=state.code,
        detail=state.detail,
        models=[model for model in models if model is not None],
    )


def _view(registry: Registry, state: BackendState, model: ModelInfo) -> ModelView | None:
    """None where another server lists it too, and comes first."""
    serving = registry.serving(state.name, model.name)
    if serving[0] != state.name:
        return None
    others = [registry.state(name) for name in serving[1:]]
    return ModelView(
        backend=state.name,
        name=model.name,
        capabilities=None if model.capabilities is None else sorted(model.capabilities),
        context_length=model.context_length,
        label=" ".join(part for part in (model.parameter_size, model.quantization) if part),
        note=gettext(model.note) if model.note else "",
        others=[other.name for other in others],
        hosts=list(dict.fromkeys([state.host, *(other.host for other in others)])),
    )
