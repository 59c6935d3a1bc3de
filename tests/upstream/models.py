"""The models that the test upstream offers, and how they answer a prompt without a plan."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import cycle, islice
from pathlib import Path

from tests.upstream.plans import Plan

DEMO = (Path(__file__).parent / "demo.md").read_text("utf-8")
_WORDS = "the river runs past the old mill and under the bridge where children throw sticks into the water"


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of the model list. `load` is how many seconds its first answer takes longer."""

    name: str
    capabilities: tuple[str, ...] | None = ("completion",)
    parameter_size: str = "3.2B"
    quantization: str = "Q4_K_M"
    family: str = "llama"
    context_length: int = 131072
    size: int = 2_019_393_189
    load: float = 0.0
    system: str = ""
    template: str = "{{ .Prompt }}"
    parameters: Mapping[str, object] = field(default_factory=dict)
    modified_at: str = "2026-11-20T09:12:44.123456789+01:00"
    answer: Callable[[str], Plan] = field(default=lambda prompt: Plan(f"You said: {prompt}"))

    @property
    def digest(self) -> str:
        """64 hex digits."""
        return sha256(self.name.encode()).hexdigest()

    def as_tag(self, *, with_capabilities: bool) -> dict[str, object]:
        """An entry of `/api/tags`; without capabilities as servers before 0.30 answer."""
        details: dict[str, object] = {
            "parent_model": "",
            "format": "gguf",
            "family": self.family,
            "families": [self.family],
            "parameter_size": self.parameter_size,
            "quantization_level": self.quantization,
        }
        tag: dict[str, object] = {
            "name": self.name,
            "model": self.name,
            "modified_at": self.modified_at,
            "size": self.size,
            "digest": self.digest,
            "details": details,
        }
        if with_capabilities and self.capabilities is not None:
            details["context_length"] = self.context_length
            tag["capabilities"] = list(self.capabilities)
        return tag

    def as_running(self) -> dict[str, object]:
        """An entry of `/api/ps`."""
        rest = {"size_vram": self.size // 2, "expires_at": "2318-01-01T00:00:00Z", "context_length": 4096}
        return {**self.as_tag(with_capabilities=False), **rest}

    def as_show(self) -> dict[str, object]:
        """The answer of `/api/show`, shortened."""
        shown: dict[str, object] = {
            "modelfile": f"FROM {self.name}",
            "template": self.template,
            "parameters": "\n".join(f"{key:<30} {json.dumps(value)}" for key, value in self.parameters.items()),
            "license": "LLAMA 3.2 COMMUNITY LICENSE AGREEMENT",
            "details": {"family": self.family, "parameter_size": self.parameter_size, "format": "gguf"},
            "modified_at": self.modified_at,
            "tensors": [{"name": f"blk.{n}.attn", "type": "Q4_K", "shape": [2, 2]} for n in range(300)],
            "model_info": {
                "general.architecture": self.family,
                f"{self.family}.context_length": self.context_length,
                "general.parameter_count": 3_212_749_888,
                "tokenizer.ggml.tokens": [],
            },
        }
        if self.system:
            shown["system"] = self.system
        if self.capabilities is not None:
            shown["capabilities"] = list(self.capabilities)
        return shown


def answer(prompt: str) -> Plan:
    """What a demo model says: `say 500 words`, `think`, `fail`, `code`, else the tour of Markdown."""
    if said := re.search(r"\bsay (\d{1,7}) words?\b", prompt, re.IGNORECASE):
        return Plan(" ".join(islice(cycle(_WORDS.split()), int(said[1]))))
    if wait := re.search(r"\bwait (\d{1,3})\b", prompt, re.IGNORECASE):
        return Plan(f"That took {wait[1]} seconds.", wait=float(wait[1]))
    if re.search(r"\bfail\b", prompt, re.IGNORECASE):
        return broken(prompt)
    return Plan(DEMO)


def thoughtful(prompt: str) -> Plan:
    """As `answer`, after some thinking."""
    plan = answer(prompt)
    thinking = (
        "Let me see what is asked here.\n\nThe question is clear enough. I weigh two answers, and take the second."
    )
    return Plan(plan.text, thinking=thinking, wait=plan.wait, stop_after=plan.stop_after, end=plan.end)


def broken(_prompt: str) -> Plan:
    """Begins well, then reports an error in the middle of the stream."""
    return Plan("Here is the beginning of an answer that will never be finished", stop_after=8, end="error")


def brief(prompt: str) -> Plan:
    """One short sentence."""
    plan = answer(prompt)
    return Plan("Yes, that works.") if plan.text == DEMO else plan


DEMO_MODELS = (
    Model("llama3.2:latest", ("completion", "tools"), answer=answer),
    Model("qwen3:8b", ("completion", "tools", "thinking"), "8.2B", family="qwen3", context_length=40960,
          size=5_225_388_164, answer=thoughtful),
    Model("gemma3:4b", ("completion", "tools", "vision"), "4.3B", family="gemma3", size=3_338_801_804, answer=answer),
    Model("tiny:latest", ("completion",), "0.3B", size=291_554_930, answer=brief),
    Model("broken:latest", ("completion",), "1.0B", size=1_000_000_000, answer=broken),
    Model("nomic-embed-text:latest", ("embedding",), "137M", family="nomic-bert", context_length=2048),
)  # fmt: skip
