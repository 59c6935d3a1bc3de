"""One backend of the registry: what it was set up as, how it stood last, and whether it has just failed somebody."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pkgutil import resolve_name
from threading import Lock
from typing import Any, Literal, Protocol, runtime_checkable
from urllib.parse import urlsplit

from conversations.backends.base import BackendError, BackendRefused, ChatBackend, ModelInfo
from conversations.backends.names import canonical

# Whoever failed before the first byte is left alone this long while another server has the model.
AVOIDED_SECONDS = 15.0

_LABELS = {"openai": "OpenAI API"}
_making = Lock()

Spec = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BackendState:
    """How a backend stood when it was last looked at. Models stay listed while it is down.

    `code` and `detail` are those of the error; `checked_at` is monotonic seconds and makes no difference.
    """

    name: str
    address: str
    state: Literal["unknown", "up", "down"] = "unknown"
    models: tuple[ModelInfo, ...] = ()
    version: str = ""
    code: str = ""
    detail: str = ""
    title: str = ""
    checked_at: float = field(default=0.0, compare=False)

    @property
    def label(self) -> str:
        """What people call it."""
        return self.title or _LABELS.get(self.name, self.name.capitalize())

    @property
    def host(self) -> str:
        """The host that its models run on; empty for this server."""
        host = urlsplit(self.address).hostname or ""
        try:
            is_here = ip_address(host).is_loopback
        except ValueError:
            is_here = host in ("", "localhost") or host.endswith(".localhost")
        return "" if is_here else host


class Entry:
    """A backend made from its spec when it is first asked for. `found` is all that it listed, offered or not."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.name = str(spec["name"])
        self.found: tuple[ModelInfo, ...] = ()
        self.failed_at = float("-inf")
        self._backend: ChatBackend | None = None
        self._state: BackendState | None = None
        self._by_name: dict[str, ModelInfo] = {}

    @property
    def backend(self) -> ChatBackend:
        """The backend. Raises BackendRefused where the spec has a `fault`."""
        if self.spec.get("fault"):
            raise BackendRefused(self.spec["fault"])
        with _making:
            if self._backend is None:
                make = resolve_name(self.spec["class"])
                options = self.spec.get("options", {})
                self._backend = make(name=self.name, address=self.spec.get("address", ""), **options)
        return self._backend

    @property
    def made(self) -> ChatBackend | None:
        """The backend, if anybody has asked for it."""
        return self._backend

    @property
    def is_watched(self) -> bool:
        """Whether there is anything to look at again and again."""
        return not self.spec.get("fault") and not isinstance(self.backend, _Fixed)

    @property
    def is_avoided(self) -> bool:
        """Whether it is down, or failed somebody a moment ago."""
        return self.state.state == "down" or time.monotonic() - self.failed_at < AVOIDED_SECONDS

    @property
    def state(self) -> BackendState:
        """How it stood last."""
        if self._state is None:
            self.state = self._first_state()
        assert self._state is not None, "the setter has just set it"
        return self._state

    @state.setter
    def state(self, state: BackendState) -> None:
        # A page asks for every model of every server that shares: looking through lists would be quadratic.
        self._by_name = {canonical(model.name): model for model in reversed(state.models)}
        self._state = state

    def find(self, model_name: str) -> ModelInfo | None:
        """The model it offers under this name, in either of its spellings."""
        return self._by_name.get(canonical(model_name)) if self.state.models else None

    def known(self, model_name: str) -> ModelInfo | None:
        """The model with its defaults; one that is not listed is known where it has some."""
        found, defaults = self.find(model_name), self.spec.get("defaults", {}).get(canonical(model_name))
        if defaults:
            return replace(found or ModelInfo(model_name), defaults=defaults)
        return found

    def is_like(self, other: Entry) -> bool:
        """Whether the same backend can go on under the spec of `other`."""
        return all(self.spec.get(part) == other.spec.get(part) for part in ("class", "address", "options", "fault"))

    def take_over(self, before: Entry) -> None:
        """Go on with the backend of `before`, and with what is known of it."""
        self._backend, self.found, self.failed_at = before._backend, before.found, before.failed_at
        if not (before._state is None or self.spec.get("fault") or isinstance(self.backend, _Fixed)):
            self.state = replace(before._state, title=self.spec.get("label", ""), models=self._offered())

    async def look(self) -> BackendState:
        """Look now. Errors become the state."""
        before = self.state
        if not self.is_watched:
            return before
        backend, state = self.backend, replace(before, state="up", code="", detail="")
        try:
            if isinstance(backend, _Versioned):
                state = replace(state, version=await backend.version())
            self.found = tuple(await backend.models())
            state = replace(state, models=self._offered())
        except BackendError as error:
            state = replace(before, state="down", code=error.code, detail=error.detail)
        self.state = replace(state, checked_at=time.monotonic())
        return self.state

    def _first_state(self) -> BackendState:
        fault, title = self.spec.get("fault", ""), self.spec.get("label", "")
        if fault:
            return BackendState(self.name, self.spec.get("address", ""), "down", code=fault, title=title)
        backend = self.backend
        state = BackendState(self.name, backend.address, title=title)
        if isinstance(backend, _Fixed):
            self.found = tuple(backend.fixed_models)
            state = replace(state, state="up", models=self.found)
        return state

    def _offered(self) -> tuple[ModelInfo, ...]:
        """What was found, less what is not offered; from a server that lists nothing, what it is said to have."""
        offered = list(self.spec.get("offered", ()))
        if not offered:
            return self.found
        if not self.found:
            return tuple(ModelInfo(name) for name in offered)
        wanted = {canonical(name) for name in offered}
        return tuple(model for model in self.found if canonical(model.name) in wanted)


@runtime_checkable
class _Fixed(Protocol):
    """A backend that is always there, with models that never change: nothing to poll."""

    fixed_models: tuple[ModelInfo, ...]


@runtime_checkable
class _Versioned(Protocol):
    async def version(self) -> str: ...
