"""The backends that are set up, by name: made on first use, and looked at so often that a page never has to wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence

from conversations.backends.base import BackendError, BackendRefused, ChatBackend, ModelInfo
from conversations.backends.names import canonical
from conversations.backends.states import BackendState, Entry, Spec

__all__ = ["BackendState", "Registry", "Spec"]

POLL_SECONDS = 30.0
RETRY_SECONDS = 2.0
RETRY_SECONDS_MOST = 15.0

OnChange = Callable[[BackendState], Awaitable[None]]


class Registry:
    """The backends of `specs`, in their order of preference; `reload` gives it others while it works.

    A spec is `{"name", "class": dotted path, "address", "parallel": replies at a time}`, and maybe `"options"`
    (arguments), `"label"`, `"offered"` (names of models; all without), `"pool"` (backends of the same one share load),
    `"defaults"` (by canonical model name), and `"fault"`: a code for why it cannot be used.
    """

    def __init__(self, specs: Sequence[Spec], *, poll: float = POLL_SECONDS) -> None:
        self._entries = {entry.name: entry for entry in map(Entry, specs)}
        self._poll = poll
        self._retired: list[ChatBackend] = []
        self._wake: dict[str, asyncio.Event] = {}
        self._reloaded: asyncio.Event | None = None

    @property
    def names(self) -> list[str]:
        """All names, in order."""
        return list(self._entries)

    def reload(self, specs: Sequence[Spec]) -> list[str]:
        """From now on these. What is set up as before goes on; replies at others end where they began.

        The names that are gone.
        """
        before, entries = self._entries, {entry.name: entry for entry in map(Entry, specs)}
        if [entry.spec for entry in before.values()] == [entry.spec for entry in entries.values()]:
            return []
        for name, old in before.items():
            new = entries.get(name)
            if new is not None and new.is_like(old):
                new.take_over(old)
            elif old.made is not None:
                self._retired.append(old.made)
        self._entries = entries
        if self._reloaded is not None:
            self._reloaded.set()
        return [name for name in before if name not in entries]

    def get(self, name: str) -> ChatBackend:
        """The backend of that name. Raises BackendError: "server_gone" when there is none, or its fault."""
        return self._entry(name).backend

    def parallel(self, name: str) -> int:
        """How many replies a backend writes at a time."""
        entry = self._entries.get(name)
        return int(entry.spec.get("parallel", 1)) if entry else 1

    def check_offered(self, backend_name: str, model_name: str) -> None:
        """Raises BackendRefused("model_missing") when an administrator left the model out of what is offered."""
        entry = self._entry(backend_name)
        offered = entry.spec.get("offered")
        if offered and canonical(model_name) not in map(canonical, offered):
            raise BackendRefused("model_missing", f"{entry.state.label} does not offer {model_name[:80]}")

    def state(self, name: str) -> BackendState:
        """How it stood last; never waits. Raises BackendError for an unknown name."""
        return self._entry(name).state

    def states(self) -> list[BackendState]:
        """How all of them stood last."""
        return [entry.state for entry in self._entries.values()]

    def found(self, name: str) -> tuple[ModelInfo, ...]:
        """All models that the backend listed last, those that are not offered too."""
        entry = self._entries.get(name)
        return entry.found if entry else ()

    def is_offered(self, backend_name: str, model_name: str) -> bool:
        """Whether people may use the model there: every one, unless an administrator has named those that they may."""
        entry = self._entries.get(backend_name)
        offered = entry.spec.get("offered") if entry else None
        return not offered or canonical(model_name) in map(canonical, offered)

    def find(self, backend_name: str, model_name: str) -> ModelInfo | None:
        """What is known about a model; None when its backend has not listed it."""
        entry = self._entries.get(backend_name)
        return entry.known(model_name) if entry else None

    def default_model(self) -> tuple[str, str]:
        """Backend and name of the first model to chat with, of the first backend that is up; ("", "") without any."""
        for state in self.states():
            if state.state == "up":
                for model in state.models:
                    if model.capabilities is None or model.can("completion"):
                        return self.listed_as(state.name, model.name)
        return "", ""

    # Sharing

    def serving(self, backend_name: str, model_name: str) -> list[str]:
        """The backends that may write a reply of this model, in order: of the same pool, with the same model."""
        entry = self._entries.get(backend_name)
        model = entry.find(model_name) if entry else None
        if entry is None or model is None or not entry.spec.get("pool"):
            return [backend_name]
        return [other.name for other in self._sharing(entry, model)]

    def listed_as(self, backend_name: str, model_name: str) -> tuple[str, str]:
        """Where people find the model: at the first of those that serve it."""
        first = self.serving(backend_name, model_name)[0]
        model = self.find(first, model_name)
        return (first, model.name) if model is not None and first != backend_name else (backend_name, model_name)

    def is_avoided(self, name: str) -> bool:
        """Whether it is down, or failed somebody a moment ago."""
        entry = self._entries.get(name)
        return entry is None or entry.is_avoided

    def failed(self, name: str) -> None:
        """It failed before its first byte: another one is asked for a while, and it is looked at now."""
        entry = self._entries.get(name)
        if entry is not None:
            entry.failed_at = time.monotonic()
        self.look_again(name)

    def _sharing(self, entry: Entry, model: ModelInfo) -> Iterator[Entry]:
        for other in self._entries.values():
            if other.spec.get("pool") == entry.spec["pool"]:
                same = other.find(model.name)
                if same is not None and (not same.digest or not model.digest or same.digest == model.digest):
                    yield other

    # Looking

    async def refresh(self, name: str) -> BackendState:
        """Look at a backend now. Its errors become its state; raises BackendError only for an unknown name."""
        return await self._entry(name).look()

    async def watch(self, on_change: OnChange) -> None:
        """Look at every backend again and again, and tell what has visibly changed. Runs until it is cancelled."""
        tasks: dict[str, tuple[Entry, asyncio.Task[None]]] = {}
        reloaded = self._reloaded = asyncio.Event()
        try:
            while True:
                reloaded.clear()
                self._set_watchers(tasks, on_change)
                waiting = asyncio.create_task(reloaded.wait())
                watchers = {task for _entry, task in tasks.values()}
                try:
                    await asyncio.wait({waiting, *watchers}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    waiting.cancel()
                for task in watchers:
                    if task.done():
                        await task  # which raises what ended it
        finally:
            for _entry, task in tasks.values():
                task.cancel()

    def look_again(self, name: str) -> None:
        """Do not wait for the next look: a reply has just found out that something changed."""
        if name in self._wake:
            self._wake[name].set()

    async def aclose(self) -> None:
        """Give back all connections."""
        made = [entry.made for entry in self._entries.values()]
        for backend in [*self._retired, *made]:
            if backend is not None:
                await backend.aclose()
        self._retired.clear()

    def _entry(self, name: str) -> Entry:
        entry = self._entries.get(name)
        if entry is None:
            raise BackendError("server_gone", f"no model server is called “{name[:80]}”")
        return entry

    def _set_watchers(self, tasks: dict[str, tuple[Entry, asyncio.Task[None]]], on_change: OnChange) -> None:
        """One task for each entry that is there now; those of entries that were replaced end."""
        for name, (entry, task) in tuple(tasks.items()):
            if self._entries.get(name) is not entry:
                task.cancel()
                del tasks[name]
        for name, entry in self._entries.items():
            if name not in tasks and entry.is_watched:
                tasks[name] = entry, asyncio.create_task(self._keep_looking(entry, on_change), name=f"watch {name}")

    async def _keep_looking(self, entry: Entry, on_change: OnChange) -> None:
        wake = self._wake[entry.name] = asyncio.Event()
        pause = RETRY_SECONDS
        told = entry.state
        while True:
            wake.clear()
            after = await entry.look()
            if after != told:
                told = after
                await on_change(after)
            try:
                async with asyncio.timeout(self._poll if after.state == "up" else pause):
                    await wake.wait()
            except TimeoutError:
                pass
            pause = RETRY_SECONDS if after.state == "up" else min(pause * 2, RETRY_SECONDS_MOST)
