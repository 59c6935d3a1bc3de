"""From the rows of the database to the specs of the registry."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from conversations.backends.names import canonical
from conversations.backends.registry import Spec
from conversations.models import Backend, Kind, ModelDefaults
from conversations.sealing import Unreadable

CLASSES = {
    Kind.OLLAMA: "conversations.backends.ollama.OllamaBackend",
    Kind.OPENAI: "conversations.backends.openai.OpenAIBackend",
}


def read_specs() -> list[Spec]:
    """The specs of all servers in use, in their order, and of what is built in."""
    rows = Backend.objects.filter(is_enabled=True, kind__in=Kind.values).prefetch_related("defaults")
    built_in = [spec for spec in settings.BACKENDS if "kind" not in spec]
    return [*(spec_of(row) for row in rows), *built_in]


def spec_of(row: Backend) -> Spec:
    """What the registry has to know about a server; a key that cannot be read is a fault."""
    spec: dict[str, Any] = {
        "name": row.name,
        "label": row.label,
        "kind": row.kind,
        "class": CLASSES[Kind(row.kind)],
        "address": row.address,
        "parallel": row.parallel,
        "offered": tuple(row.models_offered),
        "pool": _pool(row),
        "defaults": {canonical(one.model_name): _defaults(one) for one in row.defaults.all()} if row.pk else {},
    }
    try:
        key = row.key
    except Unreadable:
        return {**spec, "fault": "key_unreadable"}
    return {**spec, "options": {"api_key": key}} if key else spec


def _pool(row: Backend) -> str:
    if row.pool or row.kind == Kind.OLLAMA:
        return f"{row.kind}/{row.pool}"
    return ""


def _defaults(row: ModelDefaults) -> dict[str, Any]:
    sampling = row.settings().model_dump(exclude_none=True)
    found = {"sampling": sampling, "system_prompt": row.system_prompt, "think": row.think}
    return {name: value for name, value in found.items() if value}
