"""One backend's library as a page shows it: its models with what of them is in memory, or why that is not known."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q

from conversations.backends.base import BackendError
from conversations.backends.library import Ability, InstalledModel, LibraryBackend, RunningModel, library_of
from conversations.backends.names import canonical
from conversations.backends.registry import Registry
from conversations.library.oneshot import Way, ways_of
from conversations.models import Conversation, User

NAMED = 5


@dataclass(frozen=True, slots=True)
class Row:
    """An installed model, how it is loaded if it is, and what it can be tried with."""

    model: InstalledModel
    running: RunningModel | None = None
    ways: Sequence[Way] = ()


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a backend has. `code` and `detail` are the error's, when it did not tell."""

    backend: str
    label: str
    rows: Sequence[Row] = ()
    abilities: frozenset[Ability] = field(default_factory=frozenset)
    code: str = ""
    detail: str = ""

    @property
    def size(self) -> int:
        """Bytes of all models; parts that several share are counted each time."""
        return sum(row.model.size or 0 for row in self.rows)

    @property
    def has_acts(self) -> bool:
        """Whether there is something that everybody may do with one of the models."""
        return any(row.ways for row in self.rows)

    @property
    def memory(self) -> int:
        """Bytes that are loaded."""
        return sum(row.running.size for row in self.rows if row.running)


@dataclass(frozen=True, slots=True)
class Usage:
    """Who talks with a model: how many conversations there are, and the titles of some of one's own."""

    count: int
    own: int
    titles: Sequence[tuple[UUID, str]] = ()

    @property
    def others(self) -> int:
        """Conversations of other people."""
        return self.count - self.own


async def shelf(registry: Registry, name: str, *, is_whole: bool = True) -> Shelf:
    """Ask one backend; not `is_whole` is only what is offered to people.

    Raises BackendError only for an unknown name; what goes wrong there is told.
    """
    label = registry.state(name).label
    try:
        library = library_of(registry.get(name))
        installed, running = await asyncio.gather(library.installed(), _running(library))
    except BackendError as error:
        return Shelf(name, label, code=error.code, detail=error.detail)
    loaded = {canonical(model.name): model for model in running}
    rows = [
        Row(model, loaded.pop(canonical(model.name), None), ways_of(library.abilities, model.capabilities))
        for model in installed
    ]
    # What was deleted while it was loaded is in memory still.
    rows += [Row(InstalledModel(model.name, digest=model.digest), model) for model in loaded.values()]
    rows = [row for row in rows if is_whole or registry.is_offered(name, row.model.name)]
    return Shelf(name, label, rows, library.abilities)


def usage_of(backend_name: str, model_name: str, user: User) -> Usage:
    """The conversations that are set to a model, in nobody's trash. Titles are told of one's own only."""
    name = canonical(model_name)
    same = Q(model_name__iexact=name) | Q(model_name__iexact=name.removesuffix(":latest"))
    found = Conversation.objects.filter(same, backend_name=backend_name, trashed_at=None)
    own = found.filter(owner=user).order_by("-updated_at")
    titles = [(row.pk, str(row)) for row in own[:NAMED]]
    return Usage(count=found.count(), own=own.count(), titles=titles)


async def _running(library: LibraryBackend) -> list[RunningModel]:
    return await library.running() if "running" in library.abilities else []
