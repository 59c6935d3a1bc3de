"""The jobs that this process works on: pulls, pushes, creations and loads, detached from whoever began them.

A job belongs to the process, never to a page. Its row is renewed about once a second and tells every other process how
far it is; a stop from anywhere is a change of that row. Cancelling closes the connection, which is what stops a server.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from conversations.backends.base import BackendError, BackendLost, BackendRefused
from conversations.backends.library import CreateRequest, LibraryBackend, Progress, library_of, unsupported
from conversations.backends.names import model_name
from conversations.backends.registry import Registry
from conversations.library import ledger
from conversations.library.meter import Meter
from conversations.live.broadcasts import PROCESS, Hub
from conversations.models import User
from conversations.models.lease import Lease
from conversations.models.library_job import JobKind, JobState, LibraryJob
from conversations.tasks import spawn, write

log = logging.getLogger(__name__)

SIGNAL = "library.stop"
AT_A_TIME = 8


@dataclass(slots=True)
class LiveJob:
    """A job while this process works on it. A task that is cancelled before its first step never takes one."""

    job: LibraryJob
    meter: Meter = field(default_factory=Meter)
    task: asyncio.Task[object] | None = None
    is_stopped: bool = False
    has_begun: bool = False
    is_let_go: bool = False
    is_ending: bool = False

    def let_go(self) -> None:
        """End it soon, however far it is."""
        if not self.is_ending and not self.is_let_go:
            self.is_let_go = True
            if self.has_begun and self.task is not None:
                self.task.cancel()


class Jobs:
    """One per process and loop."""

    def __init__(self, registry: Registry, hub: Hub) -> None:
        self._registry = registry
        self._hub = hub
        self._live: dict[uuid.UUID, LiveJob] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._keeper: asyncio.Task[object] | None = None
        hub.on_signal(SIGNAL, self._stop_for_other)

    # What doors ask

    async def start(
        self, kind: JobKind, backend_name: str, name: str, user: User | None, request: dict[str, Any] | None = None
    ) -> LibraryJob:
        """Begin, or find the job that does the same already. Raises BackendError for what can be refused at once."""
        library = library_of(self._registry.get(backend_name))
        if kind.value not in library.abilities:
            raise unsupported(str(kind.label))
        if len(self._live) >= AT_A_TIME:
            raise BackendRefused("too_many_jobs")
        job = LibraryJob(
            kind=kind,
            backend_name=backend_name,
            model_name=name if kind == JobKind.LOAD else model_name(name),
            started_by=user,
            request=request or {},
        )
        job, is_new = await write(LibraryJob.objects.begin, job, _lease())
        if is_new:
            self._work_on(job, library)
        return job

    async def resume(self, pk: uuid.UUID) -> LibraryJob | None:
        """Take up a job that did not come to its end; None when there is nothing to resume. Raises BackendError."""
        ending = self._live.get(pk)
        if ending is not None and ending.is_let_go and ending.task is not None:
            await asyncio.wait([ending.task])  # or its end would be stored over the new beginning
        job = await write(LibraryJob.objects.begin_again, pk, _lease())
        if job is not None:
            self._work_on(job, library_of(self._registry.get(job.backend_name)))
        return job

    async def stop(self, pk: uuid.UUID) -> None:
        """End a job, whichever process works on it."""
        lease = await write(LibraryJob.stop, pk)
        if not self._let_go(pk) and lease:
            await self._hub.signal(lease, SIGNAL, job=str(pk))

    def progress(self) -> dict[uuid.UUID, dict[str, Any]]:
        """How far this process's jobs are at this moment, which is later than their rows know. From any thread."""
        now = self._loop.time() if self._loop is not None else 0.0
        return {pk: live.meter.value(now) for pk, live in tuple(self._live.items())}

    async def drain(self) -> None:
        """Leave every job as interrupted; servers keep what has arrived."""
        tasks = [live.task for live in self._live.values() if live.task is not None]
        for live in self._live.values():
            live.let_go()
        if tasks:
            await asyncio.wait(tasks, timeout=settings.DRAIN_SECONDS)
        if self._keeper is not None:
            self._keeper.cancel()

    # The life of a job

    def _work_on(self, job: LibraryJob, library: LibraryBackend) -> None:
        self._loop = asyncio.get_running_loop()
        live = self._live[job.pk] = LiveJob(job)
        live.task = spawn(self._run(live, library), f"{job.kind} {job.model_name}")
        if self._keeper is None or self._keeper.done():
            self._keeper = spawn(self._keep(), "library jobs")

    async def _run(self, live: LiveJob, library: LibraryBackend) -> None:
        """To the stored end, whatever it is; a fault of ours is stored as one, and logged by the loop."""
        loop = asyncio.get_running_loop()
        state, code, detail = JobState.FAILED, "internal", ""
        live.has_begun = True
        try:
            if live.is_let_go:
                raise asyncio.CancelledError
            async with aclosing(_transfer(library, live.job)) as lines:
                async for progress in lines:
                    live.meter.take(progress, loop.time())
            state, code = JobState.COMPLETE, ""
        except asyncio.CancelledError:
            _uncancel()
            state, code = (JobState.STOPPED, "") if live.is_stopped else (JobState.INTERRUPTED, "interrupted")
        except BackendError as error:
            state = JobState.INTERRUPTED if isinstance(error, BackendLost) else JobState.FAILED
            code, detail = error.code, error.detail
        finally:
            await self._end(live, state, code, detail)

    async def _end(self, live: LiveJob, state: JobState, code: str, detail: str) -> None:
        live.is_ending = True
        value = live.meter.value(asyncio.get_running_loop().time())
        try:
            await write(ledger.finish, live.job.pk, state, {**value, "speed": 0, "remaining": None}, code, detail)
        finally:
            self._live.pop(live.job.pk, None)
        self._registry.look_again(live.job.backend_name)

    async def _keep(self) -> None:
        """Renew the leases with the progress; let go of what somebody else has stopped."""
        loop = asyncio.get_running_loop()
        while self._live:
            await asyncio.sleep(settings.CHECKPOINT_SECONDS)
            values = {pk: live.meter.value(loop.time()) for pk, live in self._live.items()}
            for pk in await write(ledger.checkpoint, values, _lease()):
                self._let_go(pk)

    def _stop_for_other(self, values: dict[str, Any]) -> None:
        self._let_go(uuid.UUID(values["job"]))

    def _let_go(self, pk: uuid.UUID) -> bool:
        live = self._live.get(pk)
        if live is None:
            return False
        live.is_stopped = True
        live.let_go()
        return True


async def _transfer(library: LibraryBackend, job: LibraryJob) -> AsyncGenerator[Progress, None]:
    match job.kind:
        case JobKind.PULL:
            lines = library.pull(job.model_name, insecure=bool(job.request.get("insecure")))
        case JobKind.PUSH:
            lines = library.push(job.model_name, insecure=bool(job.request.get("insecure")))
        case JobKind.CREATE:
            lines = library.create(CreateRequest(job.model_name, **job.request))
        case _:
            yield Progress("loading")
            await library.load(job.model_name, job.request.get("keep_alive"))
            return
    async with aclosing(lines):
        async for progress in lines:
            yield progress


def _lease() -> Lease:
    return Lease(PROCESS, settings.LEASE_SECONDS)


def _uncancel() -> None:
    """The cancellation has been heard; what stores the end must not take it for its own."""
    task = asyncio.current_task()
    while task is not None and task.uncancel():
        pass
