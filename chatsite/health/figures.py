"""The figures of this process: what it has counted, and how it stands at this moment."""

from __future__ import annotations

import os
import resource
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from conversations.generation.engine import engine
from conversations.live import consumers
from conversations.telemetry import measured
from conversations.telemetry.families import Family, Sample

STARTED_AT = time.time()
_RUNNING = ("queued", "loading", "streaming")


def families() -> list[Family]:
    """All of them, each sample with the number of this process as `worker`."""
    received: Counter[str] = Counter()
    for live in engine.runner.running:
        received[live.server] += live.tokens
    found = [*measured.families(received), *_replies(), *_backends(), *_process()]
    return [replace(family, samples=list(map(_of_this_worker, family.samples))) for family in found]


def _of_this_worker(sample: Sample) -> Sample:
    return replace(sample, labels={**sample.labels, "worker": str(os.getpid())})


def _gauge(name: str, about: str, samples: Iterable[Sample]) -> Family:
    return Family(name, "gauge", about, list(samples))


def _replies() -> list[Family]:
    runner = engine.runner
    states = Counter(
        "streaming" if live.first_ms is not None else "queued" if live.phase == "queued" else "loading"
        for live in runner.running
    )
    running = [Sample(states[state], {"state": state}) for state in _RUNNING]
    lag = runner.scribe.lag(runner.running)
    return [
        _gauge("chatsite_replies_running", "Replies that are being written or wait, by state.", running),
        _gauge("chatsite_checkpoint_lag_seconds", "Since what is being written was stored last.", [Sample(lag)]),
        _gauge("chatsite_sockets", "Open sockets of browsers and programs.", [Sample(len(consumers.tabs))]),
    ]


def _backends() -> list[Family]:
    queues = {name: (queue.waiting, queue.taken, queue.slots) for name, queue in engine.runner.queues.items()}
    states = engine.registry.states()
    return [
        *(
            _gauge(
                f"chatsite_queue_{what}", about, [Sample(each[at], {"backend": name}) for name, each in queues.items()]
            )
            for at, (what, about) in enumerate(
                [
                    ("waiting", "Replies that wait for a slot of the model server."),
                    ("running", "Slots of the model server that are taken."),
                    ("slots", "Replies at a time that the model server is asked for."),
                ]
            )
        ),
        _gauge(
            "chatsite_backend_up",
            "Whether the model server answered when it was looked at last.",
            [Sample(each.state == "up", {"backend": each.name}) for each in states],
        ),
    ]


def _process() -> list[Family]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = Sample(used.ru_utime + used.ru_stime)
    found = [
        Family("process_cpu_seconds_total", "counter", "CPU time, of user and system.", [spent]),
        _gauge("process_start_time_seconds", "When it started, in seconds since 1970.", [Sample(STARTED_AT)]),
    ]
    with suppress(OSError):  # there is no /proc on macOS
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        memory = Sample(pages * os.sysconf("SC_PAGE_SIZE"))
        found.append(_gauge("process_resident_memory_bytes", "Memory in RAM.", [memory]))
        files = Sample(len(os.listdir("/proc/self/fd")))
        found.append(_gauge("process_open_fds", "Open files and sockets.", [files]))
    return found
