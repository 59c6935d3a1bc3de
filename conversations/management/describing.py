"""What is known of a model, as text: all together, or one of the parts that `ollama show` knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conversations.backends.base import ModelInfo
from conversations.backends.library import ShownModel
from conversations.management.columns import pairs

PARTS = ("info", "license", "modelfile", "parameters", "system", "template")
_LICENSE_LINES = 2


def part_of(shown: ShownModel, part: str) -> str:
    """One of PARTS; empty when the model has none."""
    return describe(shown) if part == "info" else str(getattr(shown, part)).strip()


def describe(shown: ShownModel) -> str:
    """Everything that fits on a screen."""
    details, info = shown.details, shown.info
    facts = [
        ("name", shown.name),
        ("architecture", _text(info, "general.architecture") or str(details.get("family", ""))),
        ("parameters", str(details.get("parameter_size", ""))),
        ("context length", str(shown.context_length or "")),
        ("embedding length", _ending(info, ".embedding_length")),
        ("quantization", str(details.get("quantization_level", ""))),
        ("requires", shown.requires),
    ]
    blocks = [
        _block("Model", pairs(facts)),
        _block("Capabilities", _lines("\n".join(sorted(shown.capabilities or ())))),
        _block("Parameters", _lines(shown.parameters)),
        _block("System", _lines(shown.system)),
        _block("License", _lines("\n".join(shown.license.strip().splitlines()[:_LICENSE_LINES]))),
    ]
    return "\n\n".join(block for block in blocks if block)


def describe_listed(info: ModelInfo) -> str:
    """What the list tells of a model whose server cannot show it."""
    facts = [
        ("name", info.name),
        ("architecture", info.family),
        ("parameters", info.parameter_size),
        ("context length", str(info.context_length or "")),
        ("quantization", info.quantization),
        ("note", info.note),
    ]
    blocks = [_block("Model", pairs(facts)), _block("Capabilities", _lines("\n".join(sorted(info.capabilities or ()))))]
    return "\n\n".join(block for block in blocks if block)


def _block(head: str, body: str) -> str:
    return f"  {head}\n{body}" if body else ""


def _lines(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.strip().splitlines())


def _text(info: Mapping[str, Any], name: str) -> str:
    return str(info.get(name, "") or "")


def _ending(info: Mapping[str, Any], ending: str) -> str:
    """The value whose name ends so: the beginning is the architecture's."""
    return next((str(value) for name, value in info.items() if name.endswith(ending)), "")
