"""Every option of Ollama's chat API with its type and range (protocol page §§1.1, 1.4, 1.5)."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from conversations.text import storable

ThinkLevel = Literal["low", "medium", "high", "max"]
ThinkChoice = Literal["", "off", "on", "low", "medium", "high", "max"]

# A request whose value differs from the loaded model's loads it anew, for everybody.
LOAD_TIME = frozenset(
    {"num_ctx", "num_batch", "num_gpu", "main_gpu", "use_mmap", "num_thread", "draft_num_predict", "shift"}
)
# Fields of the request itself; everything else belongs into its `options`.
BESIDE_OPTIONS = frozenset({"keep_alive", "truncate", "shift", "logprobs"})

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_DURATION = re.compile(r"[+-]?((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+")
_PART = re.compile(r"([\d.]+)(ns|us|µs|μs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_CENTURY = 100 * 365 * 86400.0

Stop = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(storable)]
Tokens = Annotated[int, Field(ge=-1, le=10_000_000)]
Share = Annotated[float, Field(ge=0, le=1)]
Penalty = Annotated[float, Field(ge=-2, le=2)]


class Sampling(BaseModel):
    """What may be set per conversation; None is "not set" and is not sent.

    `keep_alive` is a number of seconds or a duration, as text; negative means for ever. `logprobs` is how many
    alternatives to each token are kept (0: only how likely it was itself).
    """

    model_config = ConfigDict(extra="forbid")

    temperature: Annotated[float, Field(ge=0, le=5)] | None = None
    num_predict: Tokens | None = None
    top_k: Annotated[int, Field(ge=0, le=100_000)] | None = None
    top_p: Share | None = None
    min_p: Share | None = None
    typical_p: Share | None = None
    seed: Annotated[int, Field(ge=-(2**31), le=2**31 - 1)] | None = None
    logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    repeat_penalty: Annotated[float, Field(ge=0, le=10)] | None = None
    repeat_last_n: Tokens | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    stop: Annotated[list[Stop], Field(max_length=16)] | None = None
    num_keep: Tokens | None = None
    truncate: bool | None = None
    num_ctx: Annotated[int, Field(ge=4, le=10_000_000)] | None = None
    shift: bool | None = None
    keep_alive: Annotated[str, Field(max_length=20)] | None = None
    num_batch: Annotated[int, Field(ge=1, le=65_536)] | None = None
    num_gpu: Annotated[int, Field(ge=-1, le=10_000)] | None = None
    main_gpu: Annotated[int, Field(ge=0, le=255)] | None = None
    num_thread: Annotated[int, Field(ge=0, le=4096)] | None = None
    use_mmap: bool | None = None
    draft_num_predict: Annotated[int, Field(ge=0, le=1024)] | None = None

    @field_validator("*", mode="before")
    @classmethod
    def _is_no_truth(cls, value: object, info: ValidationInfo) -> object:
        # Python takes true for 1; a model server does not.
        if isinstance(value, bool) and bool not in get_args(cls.model_fields[str(info.field_name)].annotation):
            raise ValueError("a number or a text, not true or false")
        return value

    @field_validator("keep_alive", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, (int, float)) else value

    @field_validator("keep_alive")
    @classmethod
    def _is_duration(cls, value: str | None) -> str | None:
        text = (value or "").strip()
        if not text:
            return None
        if not (_NUMBER.fullmatch(text) or _DURATION.fullmatch(text)) or abs(_seconds(text)) > _CENTURY:
            raise ValueError("a number of seconds, or a duration such as 5m or 1h30m, of at most 100 years")
        return text

    def options(self) -> dict[str, object]:
        """The `options` object of a request: only what is set."""
        return self.model_dump(exclude_none=True, exclude=set(BESIDE_OPTIONS))

    def keep_alive_value(self) -> str | float | None:
        """`keep_alive` as Ollama takes it: a bare number must be a JSON number, a duration a string."""
        if self.keep_alive is None:
            return None
        try:
            return float(self.keep_alive)
        except ValueError:
            return self.keep_alive


def think_value(choice: str) -> bool | ThinkLevel | None:
    """The `think` of a request for a stored choice; None leaves it to the model."""
    match choice:
        case "off":
            return False
        case "on":
            return True
        case "low" | "medium" | "high" | "max":
            return choice
        case _:
            return None


def written(value: object) -> str:
    """The value of an option as a person enters it: 0 for 0.0, which is kept where fractions are possible."""
    if isinstance(value, list):
        return ", ".join(map(written, value))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _seconds(text: str) -> float:
    if _NUMBER.fullmatch(text):
        return float(text)
    try:
        return sum(float(amount) * _SECONDS[unit] for amount, unit in _PART.findall(text))
    except OverflowError:
        return float("inf")
