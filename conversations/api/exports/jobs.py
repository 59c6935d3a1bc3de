"""Exports that are made in the background: asked for, looked at, fetched, deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import translation
from ninja import Router, Status
from pydantic import BaseModel, Field

from conversations.api.access import user_of
from conversations.api.exports.streams import NEEDS, OF_FILES
from conversations.api.lookups import there
from conversations.api.problems import Problem
from conversations.api.transcripts import RedactionKey
from conversations.exports import keys
from conversations.exports.answers import key_answer, package_answer
from conversations.exports.background import asking
from conversations.exports.request import ExportRequest
from conversations.models.exports import ExportJob

router = Router(tags=["exports"])
_ERRORS = {401: Problem, 403: Problem, 429: Problem}


class Export(BaseModel):
    """An export of yours. `total` is null until it is known; `file` is there when it is `complete`."""

    id: UUID
    state: str = Field(description="waiting, running, complete, stopped, interrupted or failed")
    done: int = Field(description="conversations that are in the file")
    total: int | None
    size: int = Field(description="bytes")
    error: str = Field(description="a stable code, when it failed")
    request: dict[str, Any] = Field(description="what was asked for, without what was left as it is")
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None = Field(description="until when the file is kept")
    file: str | None
    key: str | None = Field(description="where the key to a redacted one is")


@router.post(
    "/exports",
    response={202: Export, **_ERRORS, 409: Problem, 422: Problem},
    auth=NEEDS,
    url_name="exports",
    operation_id="createExport",
    summary="Have many conversations exported in the background",
)
def create_export(request: HttpRequest, body: ExportRequest) -> Status[Export]:
    """One at a time for each person. The file is yours alone, and is deleted after some days."""
    job = asking.begin(user_of(request), body, translation.get_language() or "en")
    return Status(202, view(job))


@router.get(
    "/exports",
    response={200: list[Export], **_ERRORS},
    auth=NEEDS,
    operation_id="listExports",
    summary="List your exports, newest first",
)
def list_exports(request: HttpRequest) -> list[Export]:
    """There are few, so all of them."""
    return [view(job) for job in ExportJob.objects.of(user_of(request))]


@router.get(
    "/exports/{export}",
    response={200: Export, **_ERRORS, 404: Problem},
    auth=NEEDS,
    url_name="export",
    operation_id="readExport",
    summary="Read how far an export is",
)
def read_export(request: HttpRequest, export: UUID) -> Export:
    """Its state and progress."""
    return view(there(ExportJob.objects.of(user_of(request)).filter(pk=export).first()))


@router.get(
    "/exports/{export}/file",
    response={200: None, **_ERRORS, 404: Problem},
    auth=NEEDS,
    url_name="export_file",
    operation_id="readExportFile",
    summary="Fetch the file of an export",
    openapi_extra=OF_FILES,
)
def read_file(request: HttpRequest, export: UUID) -> HttpResponseBase:
    """Once it is complete, until it expires."""
    found = there(asking.file_of(user_of(request), export))
    answer = package_answer(found.pieces(), found.request)
    answer["Content-Length"] = str(found.size)
    return answer


@router.get(
    "/exports/{export}/key",
    response={200: RedactionKey, **_ERRORS, 404: Problem},
    auth=NEEDS,
    url_name="export_key",
    operation_id="readExportKey",
    summary="Fetch the key to a redacted export",
)
def read_key(request: HttpRequest, export: UUID) -> HttpResponseBase:
    """What its placeholders stand for: of an export in the background, or of a stream that came to its end.

    To other people's conversations it takes the right to see who is behind a pseudonym, and their owners are told.
    """
    return key_answer(asking.pieces_of(there(keys.opened(user_of(request), export))))


@router.delete(
    "/exports/{export}",
    response={204: None, **_ERRORS, 404: Problem},
    auth=NEEDS,
    operation_id="deleteExport",
    summary="Stop an export, and delete its file",
)
def delete_export(request: HttpRequest, export: UUID) -> Status[None]:
    """One that is being made ends within a second."""
    if not asking.forget(user_of(request), export):
        raise Http404
    return Status(204, None)


def view(job: ExportJob) -> Export:
    """An export as programs see it."""
    return Export(
        id=job.pk,
        state=job.state,
        done=job.done,
        total=job.total,
        size=job.size,
        error=job.error_code,
        request=job.request,
        created_at=job.created_at,
        finished_at=job.finished_at,
        expires_at=job.expires_at,
        file=f"/api/v1/exports/{job.pk}/file" if job.state == "complete" else None,
        key=f"/api/v1/exports/{job.pk}/key" if job.state == "complete" and job.request.get("redact") else None,
    )
