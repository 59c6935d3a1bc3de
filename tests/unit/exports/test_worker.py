"""Exports in the background: what is left behind by a crash, a stop or the time is cleared away."""

from __future__ import annotations

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from conversations.exports.background import asking, ledger
from conversations.exports.background.worker import Worker
from conversations.exports.request import ExportRequest
from conversations.live.broadcasts import PROCESS
from conversations.models import Conversation, ExportJob, User
from conversations.models.exports.job import TooManyExports
from conversations.models.lease import Lease

pytestmark = [pytest.mark.django_db(transaction=True)]
LEASE = Lease(PROCESS, 10)


@pytest.fixture
def job(alice: User, trains: Conversation) -> ExportJob:
    return asking.begin(alice, ExportRequest(), "en")


def test_one_is_claimed_once(job: ExportJob) -> None:
    assert ledger.claim(LEASE) == job
    assert ledger.claim(Lease("other/1/1", 10)) is None


def test_a_dead_makers_export_is_interrupted_and_its_part_deleted(job: ExportJob) -> None:
    ledger.claim(Lease(PROCESS, -1))
    part = ledger.folder() / f"{job.pk}.abc.part"
    part.write_bytes(b"half")
    ledger.sweep()
    job.refresh_from_db()
    assert (job.state, job.error_code, part.exists()) == ("interrupted", "interrupted", False)
    assert asking.begin_again(job.user, job.pk)
    assert async_to_sync(Worker().make_one)()
    job.refresh_from_db()
    assert (job.state, job.error_code, job.path.exists()) == ("complete", "", True)


def test_a_living_makers_is_left_alone(job: ExportJob) -> None:
    ledger.claim(LEASE)
    part = ledger.folder() / f"{job.pk}.abc.part"
    part.write_bytes(b"half")
    ledger.sweep()
    assert part.exists()
    assert ledger.tell(job.pk, LEASE, done=1, total=2, size=4)
    ExportJob.objects.stop(job.user, job.pk)
    assert not ledger.tell(job.pk, LEASE, done=2, total=2, size=4)
    ledger.sweep()
    assert not part.exists()


def test_one_that_is_deleted_while_it_is_made_leaves_nothing(job: ExportJob, monkeypatch: pytest.MonkeyPatch) -> None:
    finish = Worker._make

    async def gone(self: Worker, making: object) -> object:
        answer = await finish(self, making)  # type: ignore[arg-type]
        await ExportJob.objects.all().adelete()
        return answer

    monkeypatch.setattr(Worker, "_make", gone)
    async_to_sync(Worker().make_one)()
    assert list(ledger.folder().glob(f"{job.pk}*")) == []


def test_a_file_goes_when_its_time_is_over(job: ExportJob) -> None:
    async_to_sync(Worker().make_one)()
    ledger.sweep()
    assert job.path.exists()
    ExportJob.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    ledger.sweep()
    assert (job.path.exists(), ExportJob.objects.exists()) == (False, False)


def test_a_person_has_one_at_a_time(job: ExportJob) -> None:
    with pytest.raises(TooManyExports):
        asking.begin(job.user, ExportRequest(), "en")
