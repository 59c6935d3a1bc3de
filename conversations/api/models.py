"""The models of all servers, for whoever may chat."""

from __future__ import annotations

from typing import Literal

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel

from conversations.api.problems import Problem
from conversations.backends.base import ModelInfo
from conversations.generation.engine import engine

router = Router(tags=["models"])

StateName = Literal["unknown", "up", "down"]


class ModelEntry(BaseModel):
    """A model to chat with. `backends` are all servers that serve it, the one it is listed under first.

    `capabilities` is null where the server does not tell; `state` is that of the best of its servers.
    """

    backend: str
    model: str
    state: StateName
    capabilities: list[str] | None
    context_length: int | None
    parameter_size: str
    quantization: str
    family: str
    size: int | None
    digest: str
    backends: list[str]


class ModelList(BaseModel):
    """All of them."""

    items: list[ModelEntry]


@router.get(
    "/models",
    response={200: ModelList, 401: Problem, 429: Problem},
    url_name="models",
    operation_id="listModels",
    summary="List the models to chat with",
)
def list_models(request: HttpRequest) -> ModelList:
    """As the page has them, from memory: a server that is down costs no time."""
    registry = engine.registry
    items = []
    for state in registry.states():
        for model in state.models:
            serving = registry.serving(state.name, model.name)
            if serving[0] == state.name:
                items.append(_entry(state.name, model, serving))
    return ModelList(items=items)


def _entry(backend: str, model: ModelInfo, serving: list[str]) -> ModelEntry:
    return ModelEntry(
        backend=backend,
        model=model.name,
        state=_best([engine.registry.state(name).state for name in serving]),
        capabilities=None if model.capabilities is None else sorted(model.capabilities),
        context_length=model.context_length,
        parameter_size=model.parameter_size,
        quantization=model.quantization,
        family=model.family,
        size=model.size,
        digest=model.digest,
        backends=serving,
    )


def _best(states: list[Literal["unknown", "up", "down"]]) -> StateName:
    order: tuple[StateName, ...] = ("up", "unknown", "down")
    return min(states, key=order.index)
