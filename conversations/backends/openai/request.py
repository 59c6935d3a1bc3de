"""What an OpenAI-compatible server is asked, and where: the address, the dialect, the body. No I/O.

Only what is set is sent, and of that only what the server is known to take:

- `temperature`, `top_p`, `presence_penalty`, `frequency_penalty`, `seed` and `stop` belong to the API and always go;
  `num_predict` goes as `max_tokens` (`max_completion_tokens` once a server has asked for that name).
- `top_k`, `min_p`, `repeat_penalty` and the like go under the name that the dialect has for them; a server of no known
  dialect is not sent them. Options about loading (`num_ctx` …) and `keep_alive` have no place in this API.
- `OPTIONAL` fields make a reply better but not different in kind: one that a server refuses is left out.
- `format` goes as `response_format`, which every server has; `truncate` and `shift` have no place in this API.
- A text to be continued goes only to dialects that continue one; others would begin anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from conversations.backends.base import BackendRefused, ChatMessage, ChatRequest, Think

STANDARD = ("temperature", "top_p", "presence_penalty", "frequency_penalty", "seed", "stop")
_IMAGES = {"iVBOR": "image/png", "/9j/": "image/jpeg", "UklGR": "image/webp", "R0lGO": "image/gif"}
_VERSION = re.compile(r"/v\d[^/]*(/|$)")


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a kind of server takes beyond the API: names of `extras`, how it continues a text, how it is kept from
    thinking (`template`: by its chat template), what it calls the most thinking."""

    extras: Mapping[str, str] = field(default_factory=dict)
    continues: bool = False
    continuing: Mapping[str, object] = field(default_factory=dict)
    template: bool = False
    most: str = "high"


_PLAIN = Dialect()
_VLLM = Dialect(
    {"top_k": "top_k", "min_p": "min_p", "repeat_penalty": "repetition_penalty"},
    continues=True,
    continuing={"continue_final_message": True, "add_generation_prompt": False},
    template=True,
)
# By what `GET /v1/models` names as `owned_by`.
_DIALECTS = {
    "library": Dialect(continues=True, most="max"),
    "llamacpp": Dialect(
        {name: name for name in ("top_k", "min_p", "typical_p", "repeat_penalty", "repeat_last_n")}
        | {"num_keep": "n_keep"},
        continues=True,
        template=True,
    ),
    "vllm": _VLLM,
    "sglang": _VLLM,
}
_OPENROUTER = Dialect({"top_k": "top_k", "min_p": "min_p", "repeat_penalty": "repetition_penalty"}, most="xhigh")
OPTIONAL = frozenset(
    {"seed", "stream_options", "reasoning_effort", "chat_template_kwargs", "logprobs", "top_logprobs"}
    | {name for dialect in (*_DIALECTS.values(), _OPENROUTER) for name in dialect.extras.values()}
)


def base_url(value: str) -> str:
    """The address of the API without a slash at its end. `/v1` is added unless the path names a version.

    Without a scheme it is `https`, or `http` for an address of this machine or network. What a URL may carry
    beside an address (a password, a query) is dropped: the address is shown to people.

    >>> base_url("127.0.0.1:8080")
    'http://127.0.0.1:8080/v1'
    """
    text = value.strip().strip("\"'").strip()
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "", text
    try:
        parts = urlsplit(f"//{rest}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host:
        return "http://invalid.invalid/v1"  # found down, with this name to be seen
    # An unspecified address is one to listen on.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    path = "/" + "/".join(step for step in parts.path.split("/") if step)
    path = re.sub(r"/(chat/)?completions$|/models$", "", path).rstrip("/")
    if not _VERSION.search(path):
        path += "/v1"
    name = f"[{host}]" if ":" in host else host
    scheme = scheme.lower() or ("http" if _is_near(host) else "https")
    return f"{scheme}://{name}" + (f":{port}" if port is not None else "") + path


def dialect_of(address: str, owners: Iterable[object]) -> Dialect:
    """The dialect of a server by its host and by the owners of its models; a plain one when it is not known."""
    host = urlsplit(address).hostname or ""
    if host == "openrouter.ai":
        return _OPENROUTER
    return next((_DIALECTS[owner] for owner in owners if isinstance(owner, str) and owner in _DIALECTS), _PLAIN)


def request_fields(request: ChatRequest, dialect: Dialect, refused: frozenset[str]) -> dict[str, object]:
    """The body of `POST /chat/completions`, without the fields that the server has `refused`.

    Raises BackendRefused("refused") for a text to be continued where the dialect cannot.
    """
    fields: dict[str, object] = {
        "model": request.model_name,
        "messages": _messages(request.messages),
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.messages and request.messages[-1].role == "assistant":
        if not dialect.continues:
            raise BackendRefused("refused", "this server does not continue a text")
        fields.update(dialect.continuing)
    options = {name: value for name, value in request.options.items() if value is not None}
    fields |= {name: options[name] for name in STANDARD if name in options and not _is_default(name, options[name])}
    fields |= {field: options[name] for name, field in dialect.extras.items() if name in options}
    limit = options.get("num_predict")
    if isinstance(limit, int) and limit > 0:
        fields["max_completion_tokens" if "max_tokens" in refused else "max_tokens"] = limit
    fields |= _thinking(request.think, dialect) | _wanted(request)
    return {name: value for name, value in fields.items() if name not in refused}


def request_body(fields: Mapping[str, object]) -> bytes:
    """The fields as bytes. Raises BackendRefused("refused") for options that JSON cannot carry."""
    try:
        return json.dumps(fields, allow_nan=False).encode()
    except (ValueError, TypeError) as error:
        raise BackendRefused("refused", f"options: {error}") from error


def to_leave_out(fields: Mapping[str, object], detail: str) -> frozenset[str]:
    """Which fields to do without after a refusal: those that it names, else all optional ones that were sent."""
    if "max_tokens" in fields and "max_completion_tokens" in detail:
        return frozenset({"max_tokens"})
    optional = OPTIONAL & fields.keys()
    return frozenset(name for name in optional if name in detail) or optional


def _thinking(think: Think, dialect: Dialect) -> dict[str, object]:
    """Levels and "off" are `reasoning_effort`; local servers switch by the template. Plain "on" is what models do."""
    if isinstance(think, str):
        return {"reasoning_effort": dialect.most if think == "max" else think}
    if think is not None and dialect.template:
        return {"chat_template_kwargs": {"enable_thinking": think}}
    return {"reasoning_effort": "none"} if think is False else {}


def _wanted(request: ChatRequest) -> dict[str, object]:
    """The form of the answer, the tools and the probabilities that are wanted with it."""
    fields: dict[str, object] = {}
    if request.format == "json":
        fields["response_format"] = {"type": "json_object"}
    elif request.format is not None:
        named = re.sub(r"[^\w-]+", "_", str(request.format.get("title", "")), flags=re.ASCII)[:64].strip("_")
        schema = {"name": named or "answer", "schema": dict(request.format)}
        fields["response_format"] = {"type": "json_schema", "json_schema": schema}
    if request.tools:
        fields["tools"] = [
            {
                "type": "function",
                "function": {"name": one.name, "description": one.description, "parameters": dict(one.parameters)},
            }
            for one in request.tools
        ]
    if request.logprobs is not None:
        fields |= {"logprobs": True} | ({"top_logprobs": request.logprobs} if request.logprobs else {})
    return fields


def _messages(messages: Iterable[ChatMessage]) -> list[dict[str, object]]:
    """The path as the API wants it: a tool's result names the call that it answers."""
    found: list[dict[str, object]] = []
    waiting: list[tuple[str, str]] = []
    for message in messages:
        value: dict[str, object] = {"role": message.role, "content": _content(message)}
        if message.tool_calls:
            waiting = [(call.id, call.name) for call in message.tool_calls]
            value["tool_calls"] = [
                {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": _json(call.arguments)}}
                for call in message.tool_calls
            ]
        if message.role == "tool":
            named = (one for one in waiting if message.tool_call_id in ("", one[0]) and one[1] == message.tool_name)
            answered = next(named, next(iter(waiting), ("call_1", "")))
            waiting = [one for one in waiting if one is not answered]
            value["tool_call_id"] = message.tool_call_id or answered[0]
        found.append(value)
    return found


def _content(message: ChatMessage) -> object:
    if not message.images:
        return message.content or (None if message.tool_calls else "")
    parts: list[object] = [{"type": "text", "text": message.content}] if message.content else []
    for image in message.images:
        kind = next((kind for start, kind in _IMAGES.items() if image.startswith(start)), "image/png")
        parts.append({"type": "image_url", "image_url": {"url": f"data:{kind};base64,{image}"}})
    return parts


def _json(arguments: Mapping[str, object]) -> str:
    return json.dumps(dict(arguments), ensure_ascii=False)


def _is_default(name: str, value: object) -> bool:
    # Ollama's -1 is “random”, and its empty list of stops “the model's own”.
    return (name == "seed" and value == -1) or (name == "stop" and not value)


def _is_near(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or "." not in host
    return address.is_private or address.is_loopback
