"""What doors ask of exports in the background: begin, look, stop, fetch, forget."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import IO

from conversations.exports import keys
from conversations.exports.background.worker import worker
from conversations.exports.hiding import site_redactor
from conversations.exports.request import ExportRequest
from conversations.exports.rights import Reader
from conversations.models import User
from conversations.models.exports import ExportJob, ExportState
from conversations.tasks import read

_PIECE = 64 * 1024


def begin(user: User, request: ExportRequest, language: str) -> ExportJob:
    """Have it made. Raises ExportRefused, TooManyExports."""
    Reader(user, request.whose, request.reason).check()
    site_redactor(request.kinds)
    kept = request.model_dump(mode="json", exclude_defaults=True)
    job = ExportJob(user=user, request={**kept, "package": request.package}, language=language)
    found = ExportJob.objects.begin(job)
    worker.wake()
    return found


def begin_again(user: User, pk: uuid.UUID) -> bool:
    """Have one made that came to no end. Raises TooManyExports."""
    is_begun = ExportJob.objects.begin_again(user, pk)
    worker.wake()
    return is_begun


@dataclass(frozen=True, slots=True)
class File:
    """The file of an export, opened."""

    request: ExportRequest
    size: int
    opened: IO[bytes]

    async def pieces(self) -> AsyncIterator[bytes]:
        """Its bytes, some at a time: Django would read a file into memory before the first is sent."""
        async for piece in pieces_of(self.opened):
            yield piece


async def pieces_of(opened: IO[bytes]) -> AsyncIterator[bytes]:
    """The bytes of an open file, which is closed behind the last."""
    with opened:
        while piece := await read(opened.read, _PIECE):
            yield piece


def file_of(user: User, pk: uuid.UUID) -> File | None:
    """The file of one's own export; None when there is none (any more)."""
    job = ExportJob.objects.of(user).filter(pk=pk, state=ExportState.COMPLETE).first()
    if job is None:
        return None
    try:
        opened = job.path.open("rb")
    except FileNotFoundError:
        return None
    return File(ExportRequest.model_validate(job.request), job.size, opened)


def forget(user: User, pk: uuid.UUID) -> bool:
    """Stop one's own export, and delete its file, its key and its row; or the key to one that was a stream."""
    had_key = keys.forget(user, pk)
    job = ExportJob.objects.of(user).filter(pk=pk).first()
    if job is None:
        return had_key
    file = job.path
    job.delete()
    file.unlink(missing_ok=True)
    return True
