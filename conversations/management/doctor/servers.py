"""The model servers that are in use: whether each answers, and what it has."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from django.db import Error

from conversations.backends.registry import BackendState, Spec
from conversations.faults import library_fault
from conversations.generation.servers.specs import read_specs
from conversations.generation.servers.trying import try_out
from conversations.management.doctor.findings import Finding, fault, note, well
from conversations.models.backend import BUILT_IN


def of_servers() -> Iterator[Finding]:
    """Each of them, by its own words."""
    try:
        specs = [spec for spec in read_specs() if spec["name"] != BUILT_IN]
    except Error:
        return  # which is the database's finding
    if not specs:
        yield note("models", "No model server is set up.", "Set OLLAMA_HOST, or add one under Administration.")
    for spec in specs:
        yield judged(spec, asyncio.run(try_out(spec)).state)


def judged(spec: Spec, state: BackendState) -> Finding:
    """By how it stood when it was asked."""
    where = f"{state.label} ({state.address})" if state.address else state.label
    if state.state != "up":
        words = library_fault(str(spec.get("fault") or state.code))
        says = f"{where}: {words.text}{f' {state.detail}' if state.detail else ''}"
        return fault("models", says, f"{words.advice} Or correct its address under Administration › Model servers.")
    version = f" {state.version}" if state.version else ""
    if not state.models:
        return note("models", f"{where}{version} has no models.", "Pull one: manage.py models pull qwen3:8b")
    return well("models", f"{where}{version} has {len(state.models)} models.")
