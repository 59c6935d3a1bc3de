"""What the test upstream's registry has to download, and what it is told to do to the next transfer."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

# Lines a layer from 0 to its size.
STEPS = 20
LICENCE = 12_345


@dataclass(frozen=True, slots=True)
class Layer:
    """A part of a model, of `size` bytes."""

    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Transfer:
    """One pull or push. `rate` is bytes a second (0: the upstream's); `hold` and `stop_after` count progress lines.

    At `hold` lines it waits for `Upstream.release()`; after `stop_after` the `end` comes: an `error` line, the end of
    the stream without success, or a reset. With another `status` the `error` is all there is.
    """

    rate: float = 0.0
    hold: int | None = None
    stop_after: int | None = None
    end: Literal["error", "eof", "reset"] = "error"
    error: str = "max retries exceeded: write /root/.ollama/models/blobs: no space left on device"
    status: int = 200


def layers_of(name: str, *sizes: int) -> list[Layer]:
    """The layers of a model; all models share the last one, their licence."""
    parts = [Layer(_digest(f"{name} {index}"), size) for index, size in enumerate(sizes or (2_019_377_376,))]
    return [*parts, Layer(_digest("licence"), LICENCE)]


def _digest(text: str) -> str:
    return "sha256:" + sha256(text.encode()).hexdigest()


PUBLISHED = {
    "smollm2:135m": layers_of("smollm2:135m", 270_886_336),
    "gemma3:1b": layers_of("gemma3:1b", 815_310_432, 358),
    "qwen3:0.6b": layers_of("qwen3:0.6b", 522_640_544, 1_723),
    "llama3.2:1b": layers_of("llama3.2:1b", 1_321_082_688, 6_016),
    "llava:7b": layers_of("llava:7b", 4_109_853_248, 624_434_368),
    "hf.co/bartowski/SmolLM2-360M-Instruct-GGUF:Q4_K_M": layers_of("hf smollm2", 270_590_880),
}
