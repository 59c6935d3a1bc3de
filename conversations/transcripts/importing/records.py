"""What is written down with a message: its shapes are checked, because pages compute with it, and its numbers follow.

A number that is not in the file is nobody's: it must never lead to a message of somebody else's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from conversations.transcripts.importing.errors import Unreadable
from conversations.transcripts.importing.values import fitting

_Number = Annotated[float, Field(ge=0, le=1e15, strict=True)]
_Count = Annotated[int, Field(ge=0, le=10**9, strict=True)]
_Pair = tuple[_Count, _Count]


class _Record(BaseModel):
    model_config = ConfigDict(extra="allow")


class _Window(_Record):
    limit: _Number | None = None
    estimate: _Number | None = None
    source: str = ""
    seen_from: _Count | None = None


class _Repeats(_Record):
    reply: _Count | None = None
    differs_at: _Count | None = None


class _Wrong(_Record):
    path: list[str | int] = []
    keyword: str = ""
    wanted: str | int | float | None = None
    text: str = ""


class _Format(_Record):
    kind: str = ""
    wrong: list[_Wrong] = []


class _Metrics(_Record):
    prompt_tokens: _Number = 0
    reply_tokens: _Number = 0
    tokens_per_second: _Number = 0
    runs: _Number = 0
    first_ms: _Number = 0
    thinking_ms: _Number = 0
    load_ms: _Number = 0
    prompt_ms: _Number = 0
    reply_ms: _Number = 0
    total_ms: _Number = 0
    window: _Window | None = None
    repeats: _Repeats | None = None
    format: _Format | None = None


class _Provenance(_Record):
    messages: Annotated[int, Field(ge=0, le=10**6, strict=True)] = 0
    first_message: _Count | None = None
    last_message: _Count | None = None
    lengths: list[_Pair] = []
    repeats: _Count | None = None
    corrects: _Pair | None = None
    instruction: str = ""
    continued: _Count | None = None
    system_prompt: str | None = None
    options: dict[str, Any] | None = None
    tools: list[str] | None = None
    format: Literal["json"] | dict[str, Any] | None = None
    server: str | None = None
    remote: str | None = None
    fingerprint: str | None = None


class _Token(_Record):
    token: str = ""
    logprob: float | None = None
    top: list[Any] | None = None


class _Tokens(BaseModel):
    logprobs: list[_Token] | None


def check_records(metrics: object, provenance: object, logprobs: object, place: str) -> None:
    """Raises Unreadable for what pages could not show."""
    for name, shape, value in (("metrics", _Metrics, metrics), ("provenance", _Provenance, provenance)):
        try:
            fitting(shape, value)
        except Unreadable as error:
            raise error.below(f"{place}.{name}") from error
    try:
        fitting(_Tokens, {"logprobs": logprobs})
    except Unreadable as error:
        raise error.below(place) from error


def renumbered_provenance(provenance: Mapping[str, Any], numbers: Mapping[int, int]) -> dict[str, Any]:
    """What was sent, by the messages' new numbers."""
    changed = dict(provenance)
    for name in ("first_message", "last_message"):
        if name in changed:
            changed[name] = numbers.get(changed[name])
    if "lengths" in changed:
        changed["lengths"] = [[numbers[number], length] for number, length in changed["lengths"] if number in numbers]
    if changed.get("repeats") not in numbers:
        changed.pop("repeats", None)
    else:
        changed["repeats"] = numbers[changed["repeats"]]
    corrected = changed.pop("corrects", None)
    if corrected and corrected[0] in numbers:
        changed["corrects"] = [numbers[corrected[0]], corrected[1]]
    return changed


def renumbered_metrics(metrics: Mapping[str, Any], numbers: Mapping[int, int]) -> dict[str, Any]:
    """What was measured and found out, by the messages' new numbers."""
    changed = dict(metrics)
    for name, inner in (("window", "seen_from"), ("repeats", "reply")):
        if changed.get(name) and inner in changed[name]:
            changed[name] = {**changed[name], inner: numbers.get(changed[name][inner])}
    return changed
