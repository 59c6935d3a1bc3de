"""Changes of the library: jobs that take their time (202, then look at them), and those that do not (204)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field

from conversations.api.access import needs
from conversations.api.library.access import PROBLEMS, Named, library, manager_of, options
from conversations.api.lookups import there
from conversations.generation.engine import engine
from conversations.library.listing import JobView, jobs
from conversations.library.parameters import LONGEST_NAME, LONGEST_TEXT
from conversations.models.library_job import JobKind, JobState, LibraryJob
from conversations.models.token import Scope

router = Router(tags=["library"], auth=needs(Scope.ADMIN))


class Layer(BaseModel):
    """A part of a transfer, in bytes."""

    digest: str
    total: int
    completed: int


class Job(BaseModel):
    """A job. Sizes are bytes, `speed` bytes a second, `remaining` seconds; `error` is a stable code, `detail` the
    server's own words."""

    id: UUID
    kind: JobKind
    backend: str
    model: str
    state: JobState
    status: str
    total: int
    completed: int
    speed: int
    remaining: int | None
    layers: list[Layer]
    error: str
    detail: str
    created_at: datetime
    finished_at: datetime | None


class Transfer(Named):
    """`insecure` lets the server use a registry without TLS."""

    insecure: bool = False


class Load(Named):
    """`keep_alive` is seconds or a duration such as `30m`; negative keeps it for good."""

    keep_alive: str | float | None = None


class Copy(BaseModel):
    """A second `name` for `source`."""

    source: str = Field(min_length=1, max_length=LONGEST_NAME)
    name: str = Field(min_length=1, max_length=LONGEST_NAME)


class Creation(Named):
    """A new model from `source`; what is not set is the source's. `parameters` are options such as `temperature`."""

    source: str = Field(min_length=1, max_length=LONGEST_NAME)
    system: str | None = Field(None, max_length=LONGEST_TEXT)
    template: str | None = Field(None, max_length=LONGEST_TEXT)
    parameters: dict[str, Any] | None = None
    license: str | None = Field(None, max_length=LONGEST_TEXT)
    quantize: str | None = Field(None, max_length=40)


@router.get("/library/jobs", response={200: list[Job], **PROBLEMS}, operation_id="listJobs", summary="List all jobs")
def list_jobs(request: HttpRequest) -> list[Job]:
    """Running ones first, then the newest."""
    manager_of(request)
    return [_job(view) for view in jobs(engine.jobs.progress())]


@router.get(
    "/library/jobs/{uuid:job}",
    response={200: Job, **PROBLEMS},
    operation_id="readJob",
    summary="See how far a job is",
)
def read_job(request: HttpRequest, job: UUID) -> Job:
    """Look again until `state` is not `running`."""
    manager_of(request)
    return _found(job)


@router.post(
    "/library/jobs/{uuid:job}/stop",
    response={204: None, **PROBLEMS},
    operation_id="stopJob",
    summary="End a job",
)
def stop_job(request: HttpRequest, job: UUID) -> tuple[int, None]:
    """End it, whichever process works on it; a server keeps what has arrived."""
    manager_of(request)
    _found(job)
    async_to_sync(engine.jobs.stop)(job)
    return 204, None


@router.post(
    "/library/jobs/{uuid:job}/resume",
    response={202: Job, **PROBLEMS},
    operation_id="resumeJob",
    summary="Take up a job again",
)
def resume_job(request: HttpRequest, job: UUID) -> tuple[int, Job]:
    """Take up again what did not come to its end."""
    manager_of(request)
    there(async_to_sync(engine.jobs.resume)(job))
    return 202, _found(job)


@router.delete(
    "/library/jobs/{uuid:job}",
    response={204: None, **PROBLEMS},
    operation_id="forgetJob",
    summary="Take a job off the list",
)
def forget_job(request: HttpRequest, job: UUID) -> tuple[int, None]:
    """Take one that has ended off the list."""
    manager_of(request)
    _found(job)
    LibraryJob.objects.exclude(state=JobState.RUNNING).filter(pk=job).delete()
    return 204, None


@router.post(
    "/library/{backend}/pull",
    response={202: Job, **PROBLEMS},
    operation_id="pullModel",
    summary="Download a model",
)
def pull(request: HttpRequest, backend: str, body: Transfer) -> tuple[int, Job]:
    """Download a model; goes on from what has arrived before."""
    return _begin(request, JobKind.PULL, backend, body.model, {"insecure": body.insecure})


@router.post(
    "/library/{backend}/push",
    response={202: Job, **PROBLEMS},
    operation_id="pushModel",
    summary="Upload a model",
)
def push(request: HttpRequest, backend: str, body: Transfer) -> tuple[int, Job]:
    """Upload a model under its name."""
    return _begin(request, JobKind.PUSH, backend, body.model, {"insecure": body.insecure})


@router.post(
    "/library/{backend}/load",
    response={202: Job, **PROBLEMS},
    operation_id="loadModel",
    summary="Bring a model into memory",
)
def load(request: HttpRequest, backend: str, body: Load) -> tuple[int, Job]:
    """Bring a model into memory."""
    return _begin(request, JobKind.LOAD, backend, body.model, {"keep_alive": body.keep_alive})


@router.post(
    "/library/{backend}/create",
    response={202: Job, **PROBLEMS},
    operation_id="createModel",
    summary="Make a model from another",
)
def create(request: HttpRequest, backend: str, body: Creation) -> tuple[int, Job]:
    """Make a model from another."""
    manager_of(request)
    values = {**body.model_dump(exclude={"model"}), "parameters": options(body.parameters)}
    return _begin(request, JobKind.CREATE, backend, body.model, {name: v for name, v in values.items() if v})


@router.post(
    "/library/{backend}/unload",
    response={204: None, **PROBLEMS},
    operation_id="unloadModel",
    summary="Take a model out of memory",
)
def unload(request: HttpRequest, backend: str, body: Named) -> tuple[int, None]:
    """Give its memory back when its running replies have ended."""
    manager_of(request)
    async_to_sync(library(backend).unload)(body.model)
    return 204, None


@router.post(
    "/library/{backend}/copy",
    response={204: None, **PROBLEMS},
    operation_id="copyModel",
    summary="Give a model a second name",
)
def copy(request: HttpRequest, backend: str, body: Copy) -> tuple[int, None]:
    """Give a model a second name."""
    manager_of(request)
    async_to_sync(library(backend).copy)(body.source, body.name)
    return 204, None


@router.post(
    "/library/{backend}/delete",
    response={204: None, **PROBLEMS},
    operation_id="deleteModel",
    summary="Delete a model",
)
def delete(request: HttpRequest, backend: str, body: Named) -> tuple[int, None]:
    """Remove a model. Conversations that use it stay, and need another one to go on."""
    manager_of(request)
    async_to_sync(library(backend).delete)(body.model)
    return 204, None


def _begin(request: HttpRequest, kind: JobKind, backend: str, name: str, asked: dict[str, Any]) -> tuple[int, Job]:
    user = manager_of(request)
    library(backend)
    begun = async_to_sync(engine.jobs.start)(kind, backend, name, user, asked)
    return 202, _found(begun.pk)


def _found(job: UUID) -> Job:
    return _job(there(next(iter(jobs(engine.jobs.progress(), only=job)), None)))


def _job(view: JobView) -> Job:
    return Job.model_validate(view, from_attributes=True)
