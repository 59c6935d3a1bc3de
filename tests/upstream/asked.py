"""A chat's request as either protocol carries it, read into one shape for `skills` and `checks`."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.upstream.plans import Call


@dataclass(frozen=True, slots=True)
class Asked:
    """What a chat offers and wants. `answers` are the tools' since the last question, as (tool or call id, text).

    `think` is None where nothing is said of it; `schema` is "json" or a JSON schema; `logprobs` how many alternatives.
    """

    prompt: str
    images: tuple[bytes, ...]
    tools: frozenset[str]
    answers: tuple[tuple[str, str], ...]
    think: bool | str | None
    schema: object
    logprobs: int | None
    seed: int | None
    temperature: float | None
    characters: int


def read(call: Call) -> Asked:
    """The request of `POST /api/chat` or `POST /v1/chat/completions`; never fails on what is odd in it."""
    value = call.value
    is_native = not call.path.startswith("/v1/")
    options = _dict(value.get("options")) if is_native else value
    messages = [message for message in value.get("messages") or () if isinstance(message, dict)]
    said = _last_said(messages)
    tools = [_dict(_dict(tool).get("function")).get("name") for tool in value.get("tools") or ()]
    logprobs = value.get("top_logprobs") or 0 if value.get("logprobs") is True else None
    return Asked(
        prompt=text_of(messages[said]) if messages else "",
        images=tuple(image for message in messages[said:] for image in _seen(message)),
        tools=frozenset(name for name in tools if isinstance(name, str)),
        answers=tuple(_answer(message) for message in messages[said:] if message.get("role") == "tool"),
        think=value.get("think") if is_native else _effort(value),
        schema=(value.get("format") or None) if is_native else _response_format(value),
        logprobs=logprobs if isinstance(logprobs, int) else None,
        seed=seed if isinstance(seed := options.get("seed"), int) and seed >= 0 else None,
        temperature=options.get("temperature"),
        characters=sum(len(text_of(message)) for message in messages),
    )


def text_of(message: Mapping[str, Any]) -> str:
    """A message's text, of the parts where it has parts."""
    content = message.get("content")
    if isinstance(content, list):
        return " ".join(str(_dict(part).get("text", "")) for part in content).strip()
    return content if isinstance(content, str) else ""


def images_of(message: Mapping[str, Any]) -> list[bytes]:
    """A message's images, decoded. Raises ValueError for what is no base64."""
    found = list(message.get("images") or ())
    content = message.get("content")
    urls = (_dict(_dict(part).get("image_url")).get("url") for part in (content if isinstance(content, list) else ()))
    found += [str(url).partition(";base64,")[2] for url in urls if url]
    return [_decoded(str(image)) for image in found]


def _seen(message: Mapping[str, Any]) -> list[bytes]:
    try:
        return images_of(message)
    except ValueError:
        return []


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("illegal base64 data at input byte 4") from error


def _last_said(messages: list[dict[str, Any]]) -> int:
    # What tools answered belongs to the question before; a text to be continued is its own prompt.
    ends = (at for at in range(len(messages) - 1, -1, -1) if messages[at].get("role") == "user")
    if messages and messages[-1].get("role") == "tool":
        return next(ends, 0)
    return max(0, len(messages) - 1)


def _answer(message: Mapping[str, Any]) -> tuple[str, str]:
    return str(message.get("tool_name") or message.get("tool_call_id") or "?"), text_of(message)


def _effort(value: Mapping[str, Any]) -> bool | str | None:
    kwargs = _dict(value.get("chat_template_kwargs"))
    if "enable_thinking" in kwargs:
        return bool(kwargs["enable_thinking"])
    effort = value.get("reasoning_effort")
    return False if effort == "none" else effort


def _response_format(value: Mapping[str, Any]) -> object:
    wanted = _dict(value.get("response_format"))
    if wanted.get("type") == "json_object":
        return "json"
    return _dict(wanted.get("json_schema")).get("schema")


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def is_json_object(text: object) -> bool:
    """Whether a text is a JSON object, as the arguments of a call under `/v1` have to be."""
    try:
        return isinstance(text, str) and isinstance(json.loads(text), dict)
    except ValueError:
        return False
