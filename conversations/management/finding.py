"""A model by the name that a person types, on whichever server it is."""

from __future__ import annotations

import asyncio

from django.core.management.base import CommandError

from conversations.backends.base import BackendRefused
from conversations.backends.library import Ability, LibraryBackend, library_of
from conversations.faults import fault
from conversations.generation.engine import engine
from conversations.live.protocol.commands import ModelChoice
from conversations.management.chat.screen import visible


async def find_model(name: str) -> ModelChoice | None:
    """The model of that name ("": the first to chat with); None when no server has it."""
    found = _listed(name) if name else None
    if found is None:
        await refresh()
        found = _listed(name)
    return found


async def need_model(name: str) -> ModelChoice:
    """As `find_model`. Raises CommandError, which says what there is instead."""
    found = await find_model(name)
    if found is None:
        raise CommandError(no_such_model(name))
    return found


async def refresh() -> None:
    """Ask all servers what they have."""
    await engine.ready()
    await asyncio.gather(*(engine.registry.refresh(backend) for backend in engine.registry.names))


def no_such_model(name: str) -> str:
    """That it is not there, what is, and which servers do not answer."""
    states = engine.registry.states()
    lines = [f"There is no model named {name}." if name else "There is no model to chat with."]
    models = [model.name for state in states for model in state.models]
    if models:
        lines.append(f"There are: {', '.join(models)}")
    lines += [f"{state.name} at {state.address}: {fault(state.code).text}" for state in states if state.state == "down"]
    return visible("\n".join(lines))


def library_for(ability: Ability, backend: str = "") -> tuple[str, LibraryBackend]:
    """The named server, or the first that can. Raises CommandError."""
    names = engine.registry.names
    if backend and backend not in names:
        raise CommandError(f"There is no server named {backend}. There are: {', '.join(names)}")
    for name in [backend] if backend else names:
        try:
            library = library_of(engine.registry.get(name))
        except BackendRefused:
            continue
        if ability in library.abilities:
            return name, library
    raise CommandError(f"{backend or 'No server'} {'cannot' if backend else 'can'} {ability} models.")


def _listed(name: str) -> ModelChoice | None:
    if not name:
        backend, first = engine.registry.default_model()
        return ModelChoice(backend=backend, name=first) if first else None
    for state in engine.registry.states():
        model = engine.registry.find(state.name, name)
        if model is not None:
            return ModelChoice(backend=state.name, name=model.name)
    return None
