"""The jobs of a process against a real upstream: each comes to a stored end, however early it is let go of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from conversations.backends.base import BackendRefused
from conversations.backends.registry import Registry
from conversations.library import ledger
from conversations.library.jobs import AT_A_TIME, SIGNAL, Jobs
from conversations.library.listing import JobView
from conversations.library.listing import jobs as listed
from conversations.live.broadcasts import PROCESS, Hub
from conversations.models import JobKind, JobState, LibraryJob
from conversations.models.lease import Lease
from conversations.tasks import close_threads, read, write
from tests.upstream import Transfer, Upstream
from tests.upstream.transfers import layers_of

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
async def jobs(upstream: Upstream, hub: Hub, transactional_db: None) -> AsyncIterator[Jobs]:
    spec = {"name": "ollama", "class": "conversations.backends.ollama.OllamaBackend", "address": upstream.address}
    eliza = {"name": "eliza", "class": "conversations.backends.eliza.ElizaBackend"}
    registry = Registry([spec, eliza])
    made = Jobs(registry, hub)
    yield made
    await made.drain()
    await registry.aclose()
    await sync_to_async(close_threads)()


async def ended(jobs: Jobs) -> JobView:
    """The only job, when this process has let go of it."""
    while jobs.progress():  # noqa: ASYNC110 - it is looked at as the page does
        await asyncio.sleep(0.02)
    [found] = await read(listed, {})
    return found


async def test_a_job_that_is_let_go_of_before_its_first_step_ends(jobs: Jobs, upstream: Upstream) -> None:
    await jobs.start(JobKind.PULL, "ollama", "gemma3:1b", None)
    await jobs.drain()
    assert (await ended(jobs)).state == JobState.INTERRUPTED
    assert not upstream.calls


async def test_a_job_that_is_stopped_at_once_ends(jobs: Jobs, upstream: Upstream) -> None:
    upstream.plan_transfers(Transfer(hold=1))
    job = await jobs.start(JobKind.PULL, "ollama", "gemma3:1b", None)
    await jobs.stop(job.pk)
    assert (await ended(jobs)).state == JobState.STOPPED


async def test_a_stop_in_the_database_alone_closes_the_connection(jobs: Jobs, upstream: Upstream) -> None:
    upstream.plan_transfers(Transfer(hold=3))
    job = await jobs.start(JobKind.PULL, "ollama", "gemma3:1b", None)
    await upstream.until(lambda: any(call.sent == 3 for call in upstream.calls))
    await write(LibraryJob.stop, job.pk)  # as another process does it
    await upstream.until(lambda: upstream.calls[-1].fate == "closed")
    found = await ended(jobs)
    assert (found.state, found.error) == (JobState.STOPPED, "")
    assert found.completed > 0


async def test_a_signal_of_another_process_closes_it_at_once(
    upstream: Upstream, jobs: Jobs, hub: Hub, settings: Any
) -> None:
    settings.CHECKPOINT_SECONDS = 1000.0  # so that only the signal can tell
    upstream.plan_transfers(Transfer(hold=3))
    job = await jobs.start(JobKind.PULL, "ollama", "gemma3:1b", None)
    await upstream.until(lambda: any(call.sent == 3 for call in upstream.calls))
    await write(LibraryJob.stop, job.pk)
    await hub._take({"type": "signal", "name": SIGNAL, "values": {"job": str(job.pk)}})
    await upstream.until(lambda: upstream.calls[-1].fate == "closed")
    assert (await ended(jobs)).state == JobState.STOPPED


async def test_draining_leaves_it_interrupted_to_be_resumed(jobs: Jobs, upstream: Upstream) -> None:
    upstream.plan_transfers(Transfer(hold=3))
    job = await jobs.start(JobKind.PULL, "ollama", "gemma3:1b", None)
    await upstream.until(lambda: any(call.sent == 3 for call in upstream.calls))
    await jobs.drain()
    assert (await ended(jobs)).state == JobState.INTERRUPTED
    assert await jobs.resume(job.pk)
    assert (await ended(jobs)).state == JobState.COMPLETE
    assert await jobs.resume(job.pk) is None


async def test_one_that_is_resumed_while_it_still_ends_goes_on_to_its_end(jobs: Jobs, upstream: Upstream) -> None:
    upstream.plan_transfers(Transfer(hold=3))
    job = await jobs.start(JobKind.PULL, "ollama", "gemma3:1b", None)
    await upstream.until(lambda: any(call.sent == 3 for call in upstream.calls))
    await jobs.stop(job.pk)
    assert await jobs.resume(job.pk)
    assert (await ended(jobs)).state == JobState.COMPLETE


async def test_the_same_work_is_begun_once(jobs: Jobs, upstream: Upstream) -> None:
    upstream.plan_transfers(Transfer(hold=3))
    first, second = await asyncio.gather(*(jobs.start(JobKind.PULL, "ollama", "gemma3:1b", None) for _ in range(2)))
    assert first.pk == second.pk
    upstream.release()
    await jobs.stop(first.pk)
    await ended(jobs)


async def test_no_more_than_so_many_at_a_time(jobs: Jobs, upstream: Upstream) -> None:
    for number in range(AT_A_TIME):
        upstream.published[f"m{number}:latest"] = layers_of(f"m{number}", 1000)
        upstream.plan_transfers(Transfer(hold=1))
        await jobs.start(JobKind.PULL, "ollama", f"m{number}", None)
    with pytest.raises(BackendRefused, match="too_many_jobs"):
        await jobs.start(JobKind.PULL, "ollama", "gemma3:1b", None)


@pytest.mark.parametrize(("backend", "name", "code"), [
    ("ollama", "a b", "bad_name"), ("eliza", "gemma3:1b", "library_unsupported"), ("none", "x", "server_gone"),
])  # fmt: skip
async def test_what_cannot_be_is_refused_without_a_row(jobs: Jobs, backend: str, name: str, code: str) -> None:
    with pytest.raises(Exception, match=code):
        await jobs.start(JobKind.PULL, backend, name, None)
    assert await read(LibraryJob.objects.count) == 0


@pytest.mark.parametrize("lease", [
    Lease(f"{PROCESS.split('/', maxsplit=1)[0]}/999999999/gone", 1000), Lease("elsewhere/1/x", -1),
])  # fmt: skip
async def test_what_nobody_works_on_is_interrupted(jobs: Jobs, lease: Lease) -> None:
    job = LibraryJob(kind=JobKind.PULL, backend_name="ollama", model_name="gemma3:1b")
    await write(LibraryJob.objects.begin, job, lease)
    found = await ended(jobs)
    assert (found.state, found.error, found.can_resume) == (JobState.INTERRUPTED, "interrupted", True)


async def test_another_processs_job_is_left_alone(jobs: Jobs) -> None:
    job = LibraryJob(kind=JobKind.PULL, backend_name="ollama", model_name="gemma3:1b")
    await write(LibraryJob.objects.begin, job, Lease("elsewhere/1/x", 1000))
    assert (await ended(jobs)).state == JobState.RUNNING
    assert await write(ledger.checkpoint, {job.pk: {}}, Lease(PROCESS, 10)) == [job.pk]


async def test_the_list_does_not_grow_for_ever(jobs: Jobs) -> None:
    await write(
        LibraryJob.objects.bulk_create,
        [LibraryJob(kind=JobKind.PULL, backend_name="o", model_name=str(n), state="complete") for n in range(60)],
    )
    await jobs.start(JobKind.PULL, "ollama", "gemma3:1b", None)
    while jobs.progress():  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.02)
    assert await read(LibraryJob.objects.count) == ledger.KEPT
