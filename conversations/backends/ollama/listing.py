"""What `/api/tags` and `/api/show` say about a model, as `ModelInfo`. No I/O; every field may be missing or null."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from conversations.backends.base import ModelInfo
from conversations.text import clean_line

NAME = 300
WORD = 60


def model_info(item: dict[str, Any]) -> ModelInfo:
    """One entry of `/api/tags`. `capabilities` and lengths are there only since Ollama 0.30."""
    details = item.get("details")
    details = details if isinstance(details, dict) else {}
    return ModelInfo(
        name=_text(item.get("name") or item.get("model"), NAME),
        capabilities=_words(item.get("capabilities")),
        context_length=_number(details.get("context_length")),
        parameter_size=_text(details.get("parameter_size"), WORD),
        quantization=_text(details.get("quantization_level"), WORD),
        family=_text(details.get("family"), WORD),
        size=_number(item.get("size")),
        digest=_text(item.get("digest"), 100),
    )


def with_details(model: ModelInfo, shown: dict[str, Any]) -> ModelInfo:
    """`model` with what `/api/show` adds: the capabilities, and the context length it was trained for."""
    length = _number(shown.get("context_length"))
    metadata = shown.get("model_info")
    if isinstance(metadata, dict):
        length = _number(metadata.get(f"{metadata.get('general.architecture')}.context_length"))
    return replace(
        model,
        capabilities=_words(shown.get("capabilities")),
        context_length=length if length is not None else model.context_length,
    )


def _words(value: object) -> frozenset[str] | None:
    if not isinstance(value, Iterable) or isinstance(value, (str, bytes, dict)):
        return None
    return frozenset(clean_line(word, WORD) for word in value if isinstance(word, str))


def _text(value: object, limit: int) -> str:
    return clean_line(value, limit) if isinstance(value, str) else ""


def _number(value: object) -> int | None:
    return value if type(value) is int and 0 < value < 2**53 else None
