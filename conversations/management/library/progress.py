"""How far a pull, push or creation is: a bar for each layer on a terminal, a line for each step elsewhere."""

from __future__ import annotations

import os
import sys
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.text import Text

from conversations.library.listing import JobView
from conversations.management.chat.screen import visible

_DIGEST = slice(7, 19)  # of "sha256:…": as much as Ollama itself shows


class Bars:
    """Use it as a context manager, and show it how the job stands."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, markup=False)
        self._is_watched = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._is_watched,
        )
        self._layers: dict[str, TaskID] = {}
        self._status = ""

    def __enter__(self) -> Bars:
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bars.stop()

    def show(self, job: JobView) -> None:
        """The job as it stands now."""
        if self._is_watched:
            for layer in job.layers:
                if layer.digest not in self._layers:
                    name = visible(layer.digest)[_DIGEST]
                    # What was there before is no speed of this download.
                    self._layers[layer.digest] = self._bars.add_task(name, total=None, completed=layer.completed)
                self._bars.update(self._layers[layer.digest], total=layer.total or None, completed=layer.completed)
        if job.status != self._status:
            self._status = job.status
            if not (self._is_watched and job.layers and job.status.startswith("pulling ")):
                self._console.print(Text(visible(job.status)))
