"""What the test upstream refuses before it answers, as Ollama does (protocol page §2), by either protocol."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.upstream.asked import images_of, is_json_object, read
from tests.upstream.models import Model
from tests.upstream.plans import Call

_INTEGERS = ("num_predict", "num_ctx", "num_batch", "num_gpu", "main_gpu", "num_thread", "draft_num_predict",
             "top_k", "repeat_last_n", "num_keep", "seed")  # fmt: skip
_FLOATS = ("temperature", "top_p", "min_p", "typical_p", "repeat_penalty", "presence_penalty", "frequency_penalty")
Refusal = tuple[int, str]


def refusal(call: Call, model: Model | None) -> Refusal | None:
    """Status and words of the first thing that is wrong with a chat of the native API."""
    if not call.model:
        return 400, "model is required"
    if model is None:
        return 404, f"model '{call.model}' not found"
    return _malformed(call) or _wrong_field(call.value) or _incapable(call, model) or _too_long(call, model)


def openai_refusal(call: Call, model: Model) -> Refusal | None:
    """The same for `/v1`."""
    for message in call.value.get("messages") or ():
        for wanted in message.get("tool_calls") or ():
            if not is_json_object(wanted["function"]["arguments"]):
                return 400, "invalid tool call arguments"
        if message.get("content") is None and not message.get("tool_calls"):
            return 400, "invalid message content type: <nil>"
        try:
            images_of(message)
        except ValueError as error:
            return 400, str(error)
    return _incapable(call, model)


def _malformed(call: Call) -> Refusal | None:
    for message in call.value.get("messages") or ():
        if not isinstance(message.get("content") or "", str):
            return 400, "json: cannot unmarshal array into Go struct field Message.messages.content of type string"
        for wanted in message.get("tool_calls") or ():
            if not isinstance(wanted["function"].get("arguments"), dict):
                return 400, "json: cannot unmarshal string into Go struct field .arguments of type map"
        try:
            images_of(message)
        except ValueError as error:
            return 400, str(error)
    return None


def _wrong_field(value: Mapping[str, Any]) -> Refusal | None:
    for name, given in (value.get("options") or {}).items():
        if kind := _wrong_type(name, given):
            return 500, f'option "{name}" must be of type {kind}'
    if value.get("think") not in (None, True, False, "low", "medium", "high", "max"):
        words = 'must be "high", "medium", "low", "max", true, or false'
        return 400, f'invalid think value: "{value["think"]}" ({words})'
    if not 0 <= (value.get("top_logprobs") or 0) <= 20:
        return 400, "top_logprobs must be between 0 and 20"
    wanted = value.get("format")
    if wanted not in (None, "", "json") and not isinstance(wanted, dict):
        return 500, f'invalid format: {json.dumps(json.dumps(wanted))}; expected "json" or a valid JSON Schema object'
    keep = value.get("keep_alive")
    if isinstance(keep, str) and keep != "0" and not keep[-1:].isalpha():
        return 400, f'time: missing unit in duration "{keep}"'
    return None


def _wrong_type(name: str, given: object) -> str:
    is_number = isinstance(given, (int, float)) and not isinstance(given, bool)
    if given is None or (is_number and name in (*_INTEGERS, *_FLOATS)):
        return ""
    if name in _INTEGERS:
        return "integer"
    if name in _FLOATS:
        return "float32"
    if name == "use_mmap" and not isinstance(given, bool):
        return "boolean"
    return "an array of strings" if name == "stop" and not isinstance(given, list) else ""


def _incapable(call: Call, model: Model) -> Refusal | None:
    can = model.capabilities or ("completion", "tools", "vision", "thinking")
    asked = read(call)
    if asked.think and "thinking" not in can and not call.path.startswith("/v1/"):
        return 400, f'"{call.model}" does not support thinking'
    if "completion" not in can:
        return 400, f'"{call.model}" does not support chat'
    if asked.tools and "tools" not in can:
        return 400, f"registry.ollama.ai/library/{model.name} does not support tools"
    if any(images_of(message) for message in call.value.get("messages") or ()) and "vision" not in can:
        words = "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"
        return 500, json.dumps({"error": {"code": 500, "message": words, "type": "server_error"}})
    return None


def _too_long(call: Call, model: Model) -> Refusal | None:
    tokens = read(call).characters // 4
    context = (call.value.get("options") or {}).get("num_ctx") or model.context_length
    if call.value.get("truncate") is not False or tokens <= context:
        return None
    words = f"request ({tokens} tokens) exceeds the available context size ({context} tokens), try increasing it"
    error = {"code": 400, "message": words, "type": "exceed_context_size_error", "n_prompt_tokens": tokens,
             "n_ctx": context}  # fmt: skip
    return 400, json.dumps({"error": error})
