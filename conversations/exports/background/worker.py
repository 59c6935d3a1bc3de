"""Makes exports, one at a time in each process, a short piece of work at a time, so that replies are not held up.

An export is a row in the database that any process takes up: the page that asked for it may be closed, and the process
that it was asked of may be busy. Stopping it is a change of the row, which its maker finds out within a second.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from django.conf import settings
from django.utils import translation

from conversations.exports import keys
from conversations.exports.background import ledger
from conversations.exports.packages import Writing
from conversations.exports.request import ExportRequest
from conversations.exports.rights import ExportRefused, Reader
from conversations.live.broadcasts import PROCESS
from conversations.models.exports import Change, ExportJob, ExportState
from conversations.models.lease import Lease
from conversations.review.reading import sitting_of
from conversations.tasks import read, spawn, write

log = logging.getLogger(__name__)
COMPACT_SECONDS, COMPACTED = 6 * 60 * 60.0, 10_000
"""The log of changes loses so many superseded rows that often."""
SLICE_SECONDS = 0.05
"""So long a thread writes before replies have their turn."""


@dataclass
class Making:
    """An export while this process makes it."""

    job: ExportJob
    part: Path
    writing: Writing | None = None
    pieces: Iterator[bytes] = field(default_factory=lambda: iter(()))
    size: int = 0
    total: int = 0

    def progress(self) -> dict[str, int]:
        """For the row."""
        return {"done": self.writing.done if self.writing else 0, "total": self.total, "size": self.size}

    def begin(self) -> None:
        """Look at what there is to write. Raises ExportRefused."""
        request = ExportRequest.model_validate(self.job.request)
        reader = Reader(self.job.user, request.whose, request.reason, sitting_of(f"export {self.job.pk}"))
        self.writing = Writing.of(request, reader, number=self.job.pk)
        self.total, self.pieces = self.writing.count(), self.writing.pieces()

    def go_on(self) -> bool:
        """Write for a moment; False when it is whole. Raises ExportRefused, OSError."""
        until = time.monotonic() + SLICE_SECONDS
        with translation.override(self.job.language), _opened(self.part) as file:
            for piece in self.pieces:
                self.size += file.write(piece)
                if time.monotonic() > until:
                    return True
        return False

    def finish(self) -> None:
        """Give the file its name, once the key to it is kept. Raises OSError."""
        if self.writing:
            keys.keep(self.writing)
        with _opened(self.part) as file:
            os.fsync(file.fileno())
        self.part.replace(self.job.path)


class Worker:
    """One per process and loop."""

    def __init__(self) -> None:
        self._wake: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_drained = False

    async def run(self) -> None:
        """Make what is asked for, until drained; others' exports are looked for every few seconds."""
        self._loop, self._wake = asyncio.get_running_loop(), asyncio.Event()
        compacted = time.monotonic()
        while not self._is_drained:
            await write(ledger.sweep)
            if time.monotonic() - compacted > COMPACT_SECONDS:
                compacted = time.monotonic()
                await write(Change.objects.compact, COMPACTED)
            while not self._is_drained and await self._make_safely():
                pass
            try:
                await asyncio.wait_for(self._wake.wait(), settings.SWEEP_SECONDS)
            except TimeoutError:
                continue
            self._wake.clear()

    async def _make_safely(self) -> bool:
        """As `make_one`; whatever goes wrong with one export is logged, and ends that one only."""
        making = cast("asyncio.Task[bool]", spawn(self.make_one(), "export"))
        try:
            await asyncio.wait([making])
        except asyncio.CancelledError:
            making.cancel()
            raise
        fault = None if making.cancelled() else making.exception()
        if fault is not None:
            log.error("An export failed", exc_info=fault)
        return not making.cancelled() and fault is None and making.result()

    def wake(self) -> None:
        """There is something to do. From any thread."""
        if self._loop is not None and self._wake is not None and self._loop.is_running():
            self._loop.call_soon_threadsafe(self._wake.set)

    def drain(self) -> None:
        """Make nothing more; what is half done ends as interrupted."""
        self._is_drained = True
        self.wake()

    async def make_one(self) -> bool:
        """Claim and make one; False when none waits."""
        job = await write(ledger.claim, _lease())
        if job is None:
            return False
        making = Making(job, ledger.folder() / f"{job.pk}.{secrets.token_hex(4)}.part")
        state, code = ExportState.FAILED, "internal"
        try:
            state, code = await self._make(making)
        except asyncio.CancelledError:
            state, code = ExportState.INTERRUPTED, "interrupted"
            raise
        except ExportRefused as refusal:
            code = refusal.code
        except OSError:
            code = "disk"
            log.exception("An export could not be written")
        finally:
            await self._end(making, state, code)
        return True

    async def _make(self, making: Making) -> tuple[ExportState, str]:
        await read(making.begin)
        told = 0.0
        is_going = True
        while is_going:
            if self._is_drained:
                return ExportState.INTERRUPTED, "interrupted"
            if time.monotonic() - told > settings.CHECKPOINT_SECONDS:
                told = time.monotonic()
                if not await write(_tell, making):
                    return ExportState.STOPPED, ""
            is_going = await read(making.go_on)
            await asyncio.sleep(0)
        await read(making.finish)
        return ExportState.COMPLETE, ""

    async def _end(self, making: Making, state: ExportState, code: str) -> None:
        was_ours = await write(_end, making, state, code)
        making.part.unlink(missing_ok=True)
        if not was_ours:
            making.job.path.unlink(missing_ok=True)
            await write(keys.forget, making.job.user, making.job.pk)


def _tell(making: Making) -> bool:
    return ledger.tell(making.job.pk, _lease(), **making.progress())


def _end(making: Making, state: ExportState, code: str) -> bool:
    return ledger.end(making.job.pk, _lease(), state, code, **making.progress())


def _opened(part: Path) -> IO[bytes]:
    """Opened anew for each piece of work: nothing is left open by one that ends in between."""
    return open(part, "ab", opener=lambda name, flags: os.open(name, flags, 0o600))


def _lease() -> Lease:
    return Lease(PROCESS, settings.LEASE_SECONDS)


worker = Worker()
