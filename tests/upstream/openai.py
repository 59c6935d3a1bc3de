"""The OpenAI-compatible routes of the test upstream, in the dialects of real servers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.upstream.asked import read
from tests.upstream.checks import openai_refusal
from tests.upstream.library import answer_embeddings
from tests.upstream.plans import Call, Plan
from tests.upstream.routes import Wire, send_stream, send_verbatim, wait
from tests.upstream.skills import token_logprobs

if TYPE_CHECKING:
    from tests.upstream.connection import Connection
    from tests.upstream.models import Model


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a server writes the stream. `error` is how it fails in the middle: silently, then EOF, or then `[DONE]`."""

    owner: str
    reasoning: str = "reasoning"
    first: Mapping[str, object] | None = None
    role_always: bool = False
    content_always: bool = False
    fragments: bool = True
    finish: str = "own"
    usage: str = "trailing"
    timings: bool = False
    done: bool = True
    error: str = "done"
    framing: bytes = b"data: %b\n\n"
    opening: bytes = b""


DIALECTS = {
    "ollama": Dialect("library", content_always=True, fragments=False, error="silent"),
    "llama.cpp": Dialect(
        "llamacpp",
        "reasoning_content",
        first={"role": "assistant", "content": None},
        timings=True,
        error="eof",
        opening=b":\n\n",
    ),
    "vllm": Dialect("vllm", "reasoning_content", first={"role": "assistant", "content": ""}, finish="last"),
    "openrouter": Dialect(
        "", role_always=True, usage="always", opening=b": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n"
    ),
    "plain": Dialect("", finish="twice", usage="never", done=False, error="eof", framing=b"data:%b\r\n\r\n"),
}


async def answer_openai(connection: Connection, call: Call) -> None:
    """`/v1/models`, `/v1/chat/completions` and `/v1/embeddings`."""
    upstream = connection.upstream
    if upstream.api_key and call.headers.get("authorization") != f"Bearer {upstream.api_key}":
        message = f"Incorrect API key provided: {call.headers.get('authorization', '')}"
        await connection.send_json(401, _error(message, "authentication_error", "invalid_api_key"))
    elif (call.method, call.path) == ("GET", "/v1/models"):
        owner = DIALECTS[upstream.dialect].owner
        models = [{"id": model.name, "object": "model", "owned_by": owner or "acme"} for model in upstream.models]
        await connection.send_json(200, {"object": "list", "data": models or None})
    elif (call.method, call.path) == ("POST", "/v1/embeddings"):
        await answer_embeddings(connection, call)
    elif (call.method, call.path) == ("POST", "/v1/chat/completions"):
        await _complete(connection, call)
    else:
        await connection.send_json(404, {"detail": "Not Found"})


async def _complete(connection: Connection, call: Call) -> None:
    upstream = connection.upstream
    if upstream.loading:
        upstream.loading -= 1
        await connection.send_json(503, _error("Loading model", "unavailable_error", 503))
        return
    model = upstream.find(call.model)
    if field := next((name for name in call.value if name in upstream.refuses), None):
        words = upstream.refuses[field]
        await connection.send_json(400, _error(words, "invalid_request_error", None))
        return
    plan = upstream.plan_for(call)
    if plan.status != 200 or plan.body is not None:
        await send_verbatim(connection, call, plan, "text/event-stream")
    elif model is None:
        await connection.send_json(404, _error(f"model '{call.model}' not found", "not_found_error", None))
    elif refused := openai_refusal(call, model):
        await connection.send_json(refused[0], _error(refused[1], "invalid_request_error", None))
    else:
        await _answer(connection, call, plan, model)


async def _answer(connection: Connection, call: Call, plan: Plan, model: Model) -> None:
    dialect = DIALECTS[connection.upstream.dialect]
    async with connection.upstream.slots or nullcontext():
        await wait(connection, call, plan, model)
        wants_usage = bool((call.value.get("stream_options") or {}).get("include_usage"))
        chunks = chunks_of(plan, dialect, read(call).logprobs)
        wire = Wire(
            "text/event-stream", chunks, _last(plan, dialect, len(chunks), wants_usage), _failure(plan, dialect)
        )
        await send_stream(connection, call, plan, wire)


def stream_of(plan: Plan, name: str) -> bytes:
    """All the bytes of a plan in a dialect, usage included."""
    dialect = DIALECTS[name]
    chunks = chunks_of(plan, dialect)
    ending = _last(plan, dialect, len(chunks), True) if plan.end == "done" else b""
    return b"".join(chunks) + ending + (_failure(plan, dialect) if plan.end == "error" else b"")


def chunks_of(plan: Plan, dialect: Dialect, logprobs: int | None = None) -> list[bytes]:
    """The events before the ending, one a token; with as many alternatives to each as `logprobs` says."""
    deltas: list[dict[str, object]] = []
    for message in plan.messages():
        if thinking := message.get("thinking"):
            deltas.append({dialect.reasoning: thinking, **({"content": ""} if dialect.content_always else {})})
        elif "tool_calls" in message:
            deltas += _tool_deltas(plan, dialect)
        else:
            deltas.append({"content": message["content"]})
    if dialect.role_always or dialect.content_always:
        deltas = [{"role": "assistant", **d} if dialect.role_always or not i else d for i, d in enumerate(deltas)]
    values = [_chunk(delta, logprobs=logprobs) for delta in deltas]
    if dialect.finish != "own" and plan.end == "done" and values:
        values[-1] = _chunk(deltas[-1], plan.reason, logprobs)
    if dialect.usage == "always":
        values = [{**value, "usage": None} for value in values]
    frames = [_event(value, dialect) for value in values]
    first = [_event(_chunk(dialect.first), dialect)] if dialect.first is not None else []
    if frames:
        frames[0] = dialect.opening + b"".join(first) + frames[0]
    return frames


def _tool_deltas(plan: Plan, dialect: Dialect) -> list[dict[str, object]]:
    deltas: list[dict[str, object]] = []
    for index, call in enumerate(plan.tool_calls):
        function = call["function"]
        assert isinstance(function, dict)
        given = function["arguments"]
        text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
        head = {"index": index, "id": call.get("id") or f"call_{index}a", "type": "function"}
        middle = len(text) // 2
        pieces = [text[:middle], text[middle:]] if dialect.fragments else [text]
        first = {**head, "function": {"name": function["name"], "arguments": pieces[0]}}
        deltas.append({"tool_calls": [first]})
        deltas += [{"tool_calls": [{"index": index, "function": {"arguments": piece}}]} for piece in pieces[1:]]
    return deltas


def _last(plan: Plan, dialect: Dialect, count: int, wants_usage: bool) -> bytes:
    read = plan.done.get("prompt_eval_count", 26)
    usage = {"prompt_tokens": read, "completion_tokens": count, "total_tokens": int(str(read)) + count}
    parts = []
    if dialect.finish != "last":
        parts.append(_event(_chunk({}, plan.reason), dialect))
    if wants_usage and dialect.usage != "never":
        trailing: dict[str, object] = {"choices": [], "usage": usage}
        if dialect.timings:
            trailing["timings"] = {"prompt_n": 26, "prompt_ms": 20.5, "predicted_n": count, "predicted_ms": 100.0}
        parts.append(_event(trailing, dialect))
    return b"".join(parts) + (_frame(b"[DONE]", dialect) if dialect.done else b"")


def _failure(plan: Plan, dialect: Dialect) -> bytes:
    if dialect.error == "silent":
        return b""
    error = _event({"error": {"message": plan.error, "type": "server_error", "code": 500}}, dialect)
    return error + (_frame(b"[DONE]", dialect) if dialect.error == "done" else b"")


def _chunk(delta: Mapping[str, object], reason: str | None = None, logprobs: int | None = None) -> dict[str, object]:
    choice: dict[str, object] = {"index": 0, "delta": delta, "finish_reason": reason}
    if logprobs is not None and (token := delta.get("content")):
        choice["logprobs"] = {"content": token_logprobs(str(token), logprobs)}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


def _event(value: object, dialect: Dialect) -> bytes:
    return _frame(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"), dialect)


def _frame(data: bytes, dialect: Dialect) -> bytes:
    return dialect.framing % data


def _error(message: str, kind: str, code: object) -> dict[str, object]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}
