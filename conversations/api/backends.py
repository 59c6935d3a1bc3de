"""The model servers, for administrators: set up, changed and deleted by the rules of the admin's form."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.forms.models import model_to_dict
from django.http import Http404, HttpRequest
from ninja import Path, Router
from ninja.responses import Status
from pydantic import BaseModel, ConfigDict, Field

from conversations.admin.servers.form import ServerForm
from conversations.api.access import needs, user_of
from conversations.api.lookups import there
from conversations.api.problems import Problem, Unacceptable
from conversations.backends.registry import BackendState
from conversations.generation.engine import engine
from conversations.models import Backend
from conversations.models.backend import named_by_environment
from conversations.models.token import Scope

router = Router(tags=["model servers"], auth=needs(Scope.ADMIN))

StateName = Literal["unknown", "up", "down", "off"]
Name = Annotated[str, Path(max_length=60)]


class BackendEntry(BaseModel):
    """A model server. Its key is never told, only whether there is one."""

    name: str
    label: str
    kind: str
    address: str
    has_key: bool
    parallel: int
    is_enabled: bool
    models_offered: list[str]
    pool: str
    position: int
    from_environment: bool
    state: StateName
    version: str
    error: str
    models: list[str]


class BackendList(BaseModel):
    """All of them, in their order."""

    items: list[BackendEntry]


class BackendChange(BaseModel):
    """What is to be changed. `key` is written and never read; an empty one removes it."""

    model_config = ConfigDict(extra="forbid")

    label: str | None = None
    kind: Literal["ollama", "openai"] | None = None
    address: str | None = None
    key: str | None = None
    parallel: int | None = None
    is_enabled: bool | None = None
    models_offered: list[Annotated[str, Field(max_length=300)]] | None = None
    pool: str | None = None
    position: int | None = None


class NewBackend(BackendChange):
    """A server to be set up."""

    name: str


_ERRORS = {401: Problem, 404: Problem, 422: Problem, 429: Problem}


@router.get(
    "/backends",
    response={200: BackendList, **_ERRORS},
    url_name="backends",
    operation_id="listBackends",
    summary="List the model servers (administrators)",
)
def list_backends(request: HttpRequest) -> BackendList:
    """Those that are out of use too."""
    _check(request, "view")
    return BackendList(items=[_entry(row) for row in Backend.objects.all()])


@router.post(
    "/backends",
    response={201: BackendEntry, **_ERRORS},
    operation_id="createBackend",
    summary="Set up a model server (administrators)",
)
def create_backend(request: HttpRequest, new: NewBackend) -> Status[BackendEntry]:
    """It is in use at once."""
    _check(request, "add")
    return Status(201, _entry(_stored(Backend(), new)))


@router.patch(
    "/backends/{name}",
    response={200: BackendEntry, **_ERRORS},
    url_name="backend",
    operation_id="changeBackend",
    summary="Change a model server (administrators)",
)
def change_backend(request: HttpRequest, name: Name, change: BackendChange) -> BackendEntry:
    """What is not named stays as it is."""
    _check(request, "change")
    return _entry(_stored(_row(name), change))


@router.delete(
    "/backends/{name}",
    response={204: None, **_ERRORS},
    operation_id="deleteBackend",
    summary="Delete a model server (administrators)",
)
def delete_backend(request: HttpRequest, name: Name) -> Status[None]:
    """Conversations keep its name; one that the environment names can only be taken out of use."""
    _check(request, "delete")
    row = _row(name)
    if named_by_environment(row.name):
        raise Unacceptable("name", "The environment names this server: set is_enabled to false instead.")
    row.delete()
    return Status(204, None)


def _check(request: HttpRequest, action: str) -> None:
    """What somebody may not see is not there."""
    user = user_of(request)
    if not (user.is_staff and user.has_perm(f"conversations.{action}_backend")):
        raise Http404


def _row(name: str) -> Backend:
    return there(Backend.objects.filter(name=name).first())


def _stored(row: Backend, change: BackendChange) -> Backend:
    """The row with the change, by the rules of the admin's form. Raises Unacceptable."""
    given = change.model_dump(exclude_none=True)
    data: dict[str, Any] = {**model_to_dict(row, ServerForm.Meta.fields), **given}
    offered = given.get("models_offered", row.models_offered)
    data |= {"offers_all": not offered, "chosen_models": offered, "other_models": ""}
    data |= {"new_key": given.get("key", ""), "forget_key": given.get("key") == ""}
    data["label"] = data["label"] or data["name"]
    form = ServerForm(data, instance=row)
    if not form.is_valid():
        field, errors = next(iter(form.errors.items()))
        raise Unacceptable(_FIELDS.get(field, field), " ".join(map(str, errors)))
    return form.save()


_FIELDS = {"new_key": "key", "chosen_models": "models_offered", "other_models": "models_offered"}


def _entry(row: Backend) -> BackendEntry:
    state = _state(row)
    return BackendEntry(
        has_key=bool(row.sealed_key),
        models_offered=row.models_offered,
        from_environment=row.from_environment,
        state=state.state if state else "off" if not row.is_enabled else "unknown",
        version=state.version if state else "",
        error=state.code if state else "",
        models=[model.name for model in state.models] if state else [],
        **model_to_dict(row, ServerForm.Meta.fields),
    )


def _state(row: Backend) -> BackendState | None:
    return engine.registry.state(row.name) if row.name in engine.registry.names else None
