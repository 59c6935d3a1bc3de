"""What `/api/tags`, `/api/ps`, `/api/show` and `/api/embed` say, as the library's values. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from conversations.backends.base import ModelInfo
from conversations.backends.library import Embedding, InstalledModel, RunningModel, ShownModel
from conversations.backends.ollama.listing import model_info, with_details
from conversations.backends.pieces import count, tidy, vectors
from conversations.text import clean_line, clean_text

TEXT = 64 * 1024
LINE = 300
DETAILS = 100
ITEMS = 500
# A model that stays for good expires in some 292 years.
FOR_GOOD = 2200
_FRACTION = re.compile(r"\.(\d+)")


def installed_model(item: dict[str, Any], info: ModelInfo | None = None) -> InstalledModel:
    """One entry of `/api/tags`; `info` adds what only `/api/show` of an older server tells."""
    info = info or model_info(item)
    return InstalledModel(
        name=info.name,
        size=info.size,
        family=info.family,
        parameter_size=info.parameter_size,
        quantization=info.quantization,
        context_length=info.context_length,
        capabilities=info.capabilities,
        modified_at=moment(item.get("modified_at")),
        digest=info.digest,
        remote_host=_line(item.get("remote_host")),
    )


def running_model(item: dict[str, Any]) -> RunningModel:
    """One entry of `/api/ps`."""
    return RunningModel(
        name=_line(item.get("name") or item.get("model")),
        size=count(item.get("size")) or 0,
        vram=count(item.get("size_vram")) or 0,
        expires_at=moment(item.get("expires_at")),
        context_length=count(item.get("context_length")) or None,
        digest=_line(item.get("digest")),
    )


def shown_model(name: str, shown: dict[str, Any]) -> ShownModel:
    """The answer of `/api/show`, cut to what a person can read."""
    info = with_details(ModelInfo(name), shown)
    tensors, messages = shown.get("tensors"), shown.get("messages")
    return ShownModel(
        name=name,
        modelfile=_text(shown.get("modelfile")),
        parameters=_text(shown.get("parameters")),
        template=_text(shown.get("template")),
        system=_text(shown.get("system")),
        license=_text(shown.get("license")),
        details=_facts(shown.get("details")),
        info={**_facts(shown.get("model_info")), **_facts(shown.get("projector_info"))},
        messages=[_said(item) for item in messages[:ITEMS] if isinstance(item, dict)]
        if isinstance(messages, list)
        else [],
        capabilities=info.capabilities,
        tensors=len(tensors) if isinstance(tensors, list) else 0,
        modified_at=moment(shown.get("modified_at")),
        requires=_line(shown.get("requires")),
        context_length=info.context_length,
    )


def embedding(answer: dict[str, Any]) -> Embedding:
    """The answer of `/api/embed`. Raises ValueError for what are no vectors."""
    return Embedding(
        vectors=vectors(answer.get("embeddings")),
        prompt_tokens=count(answer.get("prompt_eval_count")),
        total_duration=count(answer.get("total_duration")),
        load_duration=count(answer.get("load_duration")),
    )


def moment(value: object) -> datetime | None:
    """A time as Go writes it, with 0 to 9 digits of a second; None for none, for year 1 and for “for good”."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(_FRACTION.sub(lambda digits: "." + digits[1][:6].ljust(6, "0"), value.strip()))
    except ValueError:
        return None
    if not 1970 < found.year < FOR_GOOD:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _facts(value: object) -> dict[str, Any]:
    """Flat metadata: words and numbers, and short lists of them."""
    if not isinstance(value, dict):
        return {}
    found: dict[str, Any] = {}
    for key, inner in list(value.items())[:ITEMS]:
        fact = _fact(inner)
        if fact is not None and fact != "":
            found[clean_line(str(key), DETAILS)] = fact
    return found


def _fact(value: object) -> object:
    if isinstance(value, list):
        value = ", ".join(str(tidy(one, 1)) for one in value[:10])
    if isinstance(value, str):
        return clean_line(value, LINE)
    return tidy(value, 1) if isinstance(value, bool | int | float) else None


def _said(item: dict[str, Any]) -> dict[str, str]:
    return {"role": _line(item.get("role")), "content": _text(item.get("content"))}


def _text(value: object) -> str:
    if isinstance(value, Iterable) and not isinstance(value, str | dict):
        value = "\n\n".join(part for part in value if isinstance(part, str))
    if not isinstance(value, str):
        return ""
    text = clean_text(value)
    return text if len(text) <= TEXT else text[: TEXT - 1] + "…"


def _line(value: object) -> str:
    return clean_line(value, LINE) if isinstance(value, str) else ""
