"""Steps side by side: most wait half of their time, for processes, timers and pages, and leave a core idle alone."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from chatsite.checks import again
from chatsite.checks.counting import Outcome, run
from chatsite.checks.steps import Step

AT_ONCE = 3
"""Two cores are the least that anybody has, and three steps keep them busy."""

Work = Callable[[Step, dict[str, str]], Outcome]


class Lanes:
    """Begins each step in its turn, once one before it has ended. A context manager that waits for all of them."""

    def __init__(self, environment: dict[str, str], at_once: int = AT_ONCE) -> None:
        self._environment = environment
        self._pool = ThreadPoolExecutor(at_once)
        self._queued: list[tuple[Step, Work, Future[Outcome]]] = []

    def queue(self, some: Iterable[Step], work: Work = run) -> None:
        """Behind those that are queued already; `work` runs a step in an environment."""
        self._queued += [(step, work, self._pool.submit(self._run, step, work)) for step in some]

    def __iter__(self) -> Iterator[tuple[Step, Future[Outcome]]]:
        """Each step and what will have come of it, in their order."""
        return ((step, outcome) for step, _work, outcome in self._queued)

    def second_tries(self) -> Iterator[tuple[Step, Future[Outcome]]]:
        """Once all have ended, those of them that failed, one after the other; none where that would prove nothing."""
        ended = [(step, work, outcome.result()) for step, work, outcome in self._queued]
        if again.may_be_tried([outcome for *_rest, outcome in ended]):
            for step, work, outcome in ended:
                if outcome.failed:
                    once_more = again.second(step, outcome)
                    yield once_more, self._pool.submit(self._run, once_more, work)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=error is not None)

    def _run(self, step: Step, work: Work) -> Outcome:
        with tempfile.TemporaryDirectory(prefix="chatsite-test-") as folder:
            return work(step, {**self._environment, "DATA_DIR": folder})
