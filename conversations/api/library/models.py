"""What a backend has, and what of it is loaded: for everybody; all about one model: for those who manage it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from asgiref.sync import async_to_sync
from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from conversations.api.access import needs, user_of
from conversations.api.library.access import PROBLEMS, library, manager_of
from conversations.library.offered import may_use
from conversations.library.parameters import LONGEST_NAME
from conversations.models.token import Scope

router = Router(tags=["library"])


class Installed(BaseModel):
    """A model. `size` is bytes; null is unknown, and so are null `capabilities`."""

    name: str
    size: int | None
    family: str
    parameter_size: str
    quantization: str
    context_length: int | None
    capabilities: list[str] | None
    modified_at: datetime | None
    digest: str


class Running(BaseModel):
    """A loaded model: `size` bytes in all, `vram` of them on GPUs; `expires_at` null when it stays."""

    name: str
    size: int
    vram: int
    processor: str
    context_length: int | None
    expires_at: datetime | None


class Shown(BaseModel):
    """All that the server says of a model, without its tensors."""

    name: str
    modelfile: str
    parameters: str
    template: str
    system: str
    license: str
    details: dict[str, Any]
    info: dict[str, Any]
    messages: list[dict[str, str]]
    capabilities: list[str] | None
    context_length: int | None
    modified_at: datetime | None


@router.get(
    "/library/{backend}/models",
    response={200: list[Installed], **PROBLEMS},
    operation_id="listInstalledModels",
    summary="List what a backend has installed",
)
def installed(request: HttpRequest, backend: str) -> list[Installed]:
    """Asked now: slower than `/models`, and with sizes and digests."""
    found = async_to_sync(library(backend).installed)()
    return [
        Installed(
            name=model.name,
            size=model.size,
            family=model.family,
            parameter_size=model.parameter_size,
            quantization=model.quantization,
            context_length=model.context_length,
            capabilities=_words(model.capabilities),
            modified_at=model.modified_at,
            digest=model.digest,
        )
        for model in found
        if may_use(user_of(request), backend, model.name)
    ]


@router.get(
    "/library/{backend}/running",
    response={200: list[Running], **PROBLEMS},
    operation_id="listRunningModels",
    summary="List what a backend has in memory",
)
def running(request: HttpRequest, backend: str) -> list[Running]:
    """The one that stays longest first."""
    found = async_to_sync(library(backend).running)()
    return [
        Running(
            name=model.name,
            size=model.size,
            vram=model.vram,
            processor=model.processor,
            context_length=model.context_length,
            expires_at=model.expires_at,
        )
        for model in found
        if may_use(user_of(request), backend, model.name)
    ]


@router.get(
    "/library/{backend}/show",
    response={200: Shown, **PROBLEMS},
    auth=needs(Scope.ADMIN),
    operation_id="showModel",
    summary="Read all about one model",
)
def show(
    request: HttpRequest, backend: str, model: Annotated[str, Query(), Field(min_length=1, max_length=LONGEST_NAME)]
) -> Shown:
    """Needs the right to manage the library: a system prompt may be nobody else's business."""
    manager_of(request)
    found = async_to_sync(library(backend).show)(model)
    return Shown(
        name=found.name,
        modelfile=found.modelfile,
        parameters=found.parameters,
        template=found.template,
        system=found.system,
        license=found.license,
        details=dict(found.details),
        info=dict(found.info),
        messages=[dict(message) for message in found.messages],
        capabilities=_words(found.capabilities),
        context_length=found.context_length,
        modified_at=found.modified_at,
    )


def _words(found: frozenset[str] | None) -> list[str] | None:
    return None if found is None else sorted(found)
