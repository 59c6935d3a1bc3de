"""The library routes of the test upstream: transfers that are slow, fail and resume, changes, and one-shot calls."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from tests.upstream.models import Model
from tests.upstream.plans import Call, Plan
from tests.upstream.routes import TO_BE_READ, Wire, send_stream, send_verbatim, wait
from tests.upstream.transfers import STEPS, Layer, Transfer, layers_of

if TYPE_CHECKING:
    from tests.upstream.connection import Connection

LIBRARY = ("/api/pull", "/api/push", "/api/create", "/api/copy", "/api/delete", "/api/embed", "/api/generate")
LINES_A_SECOND = 16
CHANGED = "2026-11-21T04:00:00.5Z"


async def answer_library(connection: Connection, call: Call) -> None:
    """The routes of `LIBRARY`."""
    match call.path:
        case "/api/pull":
            await _transfer(connection, call, "pulling")
        case "/api/push":
            await _transfer(connection, call, "pushing")
        case "/api/create":
            await _create(connection, call)
        case "/api/copy":
            await _copy(connection, call)
        case "/api/delete":
            await _delete(connection, call)
        case "/api/embed":
            await _embed(connection, call)
        case _:
            await _generate(connection, call)


async def answer_embeddings(connection: Connection, call: Call) -> None:
    """`POST /v1/embeddings`."""
    texts = call.value.get("input")
    texts = [texts] if isinstance(texts, str) else texts or []
    data = [{"object": "embedding", "index": i, "embedding": vector(text)} for i, text in enumerate(texts)]
    usage = {"prompt_tokens": sum(len(text.split()) for text in texts)}
    await connection.send_json(200, {"object": "list", "data": data[::-1], "model": call.model, "usage": usage})


def vector(text: str, dimensions: int = 8) -> list[float]:
    """The text as a vector of length 1; the same text gives the same one."""
    numbers = [byte / 255 for byte in sha256(text.encode()).digest()[:dimensions]]
    length = math.sqrt(sum(number * number for number in numbers)) or 1.0
    return [number / length for number in numbers]


async def _transfer(connection: Connection, call: Call, verb: str) -> None:
    upstream, name = connection.upstream, _full(call.model)
    transfer = upstream.next_transfer()
    if transfer.status != 200:
        await connection.send_json(transfer.status, {"error": transfer.error})
        return
    await _head(connection)
    is_pull = verb == "pulling"
    await _send(connection, status="pulling manifest" if is_pull else "retrieving manifest")
    layers = upstream.published.get(name) if is_pull else layers_of(name) if upstream.find(call.model) else None
    refusal = "pull model manifest: file does not exist" if is_pull else "couldn't retrieve manifest"
    if not is_pull and layers and "/" not in name:
        layers, refusal = None, "unauthorized: access denied"
    if layers is None:
        await _send(connection, error=refusal)
    elif await _move(connection, call, layers, transfer, verb):
        for status in ("verifying sha256 digest", "writing manifest") if is_pull else ("pushing manifest",):
            await _send(connection, status=status)
        if is_pull:
            _install(connection, name, layers)
        await _send(connection, status="success")
    await _end(connection)


async def _move(connection: Connection, call: Call, layers: list[Layer], transfer: Transfer, verb: str) -> bool:
    """The layers one after another, from what is there already; False when the plan ended it before."""
    blobs = connection.upstream.blobs if verb == "pulling" else {}
    rate = transfer.rate or connection.upstream.transfer_rate
    for layer in layers:
        done = blobs.get(layer.digest, 0)
        while True:
            line: dict[str, object] = {"status": f"{verb} {layer.digest[7:19]}", "digest": layer.digest}
            line |= {"total": layer.size, **({"completed": done} if done else {})}
            await _send(connection, **line)
            call.sent += 1
            connection.upstream.notify()
            if call.sent == transfer.hold:
                await connection.hold(call)
            if call.sent == transfer.stop_after:
                await _break_off(connection, transfer)
                return False
            if done >= layer.size:
                break
            step = max(1, math.ceil(rate / LINES_A_SECOND if rate else layer.size / STEPS))
            step = min(step, layer.size - done)
            await connection.pause(step / rate if rate else 0)
            done += step
            blobs[layer.digest] = done
    return True


async def _break_off(connection: Connection, transfer: Transfer) -> None:
    if transfer.end == "error":
        await _send(connection, error=transfer.error)
    elif transfer.end == "reset":
        await connection.pause(TO_BE_READ)
        connection.abort()


async def _create(connection: Connection, call: Call) -> None:
    upstream, value = connection.upstream, call.value
    source = upstream.find(str(value.get("from", "")))
    if "{{" in str(value.get("template", "")) and "}}" not in str(value["template"]):
        await connection.send_json(400, {"error": "template error: template: :1: unclosed action"})
        return
    await _head(connection)
    if source is None:
        await _send(connection, status="pulling manifest")
        await _send(connection, error="pull model manifest: file does not exist")
    else:
        for layer in layers_of(source.name):
            await _send(connection, status=f"using existing layer {layer.digest}")
        await _send(connection, status="creating new layer sha256:" + "5" * 64)
        await _send(connection, status="writing manifest")
        made = replace(
            source,
            name=_full(call.model),
            system=value.get("system", source.system),
            template=value.get("template", source.template),
            parameters={**source.parameters, **value.get("parameters", {})},
            modified_at=CHANGED,
        )
        _put(connection, made)
        await _send(connection, status="success")
    await _end(connection)


async def _copy(connection: Connection, call: Call) -> None:
    source = connection.upstream.find(str(call.value.get("source", "")))
    if source is None:
        await connection.send_json(404, {"error": f'model "{call.value.get("source")}" not found'})
        return
    _put(connection, replace(source, name=_full(str(call.value["destination"]))))
    await _send_nothing(connection)


async def _delete(connection: Connection, call: Call) -> None:
    model = connection.upstream.find(call.model)
    if model is None:
        await connection.send_json(404, {"error": f"model '{call.model}' not found"})
        return
    connection.upstream.models.remove(model)
    await _send_nothing(connection)


async def _embed(connection: Connection, call: Call) -> None:
    model, texts = connection.upstream.find(call.model), call.value.get("input")
    texts = [texts] if isinstance(texts, str) else texts
    if model is None:
        await connection.send_json(404, {"error": f'model "{call.model}" not found, try pulling it first'})
    elif "embedding" not in (model.capabilities or ()):
        await connection.send_json(
            501, {"error": "This server does not support embeddings. Start it with --embeddings"}
        )
    elif not isinstance(texts, list):
        await connection.send_json(400, {"error": "invalid input type"})
    elif call.value.get("truncate") is False and any(len(text.split()) > model.context_length for text in texts):
        await connection.send_json(400, {"error": "the input length exceeds the context length"})
    elif call.value.get("keep_alive") == 0 and not texts:
        connection.upstream.loaded.pop(model.name, None)
        await connection.send_json(200, {"model": call.model, "embeddings": []})
    else:
        connection.upstream.loaded[model.name] = model
        if connection.upstream.next_transfer().hold == 0:
            await connection.hold(call)
        vectors = [vector(text, call.value.get("dimensions") or 8) for text in texts]
        counts = {"prompt_eval_count": sum(len(text.split()) for text in texts)} if texts else {}
        answer = {"model": call.model, "embeddings": vectors, "total_duration": 14_143_917, "load_duration": 1_019_500}
        await connection.send_json(200, {**answer, **counts})


async def _generate(connection: Connection, call: Call) -> None:
    upstream, value, model = connection.upstream, call.value, connection.upstream.find(call.model)
    plan = upstream.plan_for(call) if call.prompt else None
    if plan is not None and (plan.status != 200 or plan.body is not None):
        await send_verbatim(connection, call, plan, "application/x-ndjson")
    elif model is None:
        await connection.send_json(404, {"error": f"model '{call.model}' not found"})
    elif value.get("raw") and (value.get("template") or value.get("system") or value.get("context")):
        await connection.send_json(400, {"error": "raw mode does not support template, system, or context"})
    elif value.get("suffix") and "insert" not in (model.capabilities or ()):
        full = f"registry.ollama.ai/library/{model.name}"
        await connection.send_json(400, {"error": f"{full} does not support insert"})
    elif plan is None:
        upstream.loaded[model.name] = model
        answer = {"model": call.model, "response": "", "done": True, "done_reason": "load"}
        await connection.send_json(200, answer)
    else:
        async with upstream.slots or nullcontext():
            await wait(connection, call, plan, model)
            await send_stream(connection, call, plan, _wire(call, plan))


def _wire(call: Call, plan: Plan) -> Wire:
    lines = []
    for message in plan.messages():
        rest = {key: text for key, text in message.items() if key not in ("role", "content")}
        lines.append(_line(call, {"response": message["content"], **rest}))

    def last(started: int) -> bytes:
        took = max(1, time.perf_counter_ns() - started)
        counts = {"prompt_eval_count": 26, "prompt_eval_duration": 20_000_000, "eval_count": len(lines)}
        ending = {"done": True, "done_reason": plan.reason, "context": list(range(2000)), "eval_duration": took}
        return _line(call, {"response": "", **ending, **counts, "total_duration": took + 30_000_000, **plan.done})

    return Wire("application/x-ndjson", lines, last, json.dumps({"error": plan.error}).encode() + b"\n")


def _line(call: Call, rest: Mapping[str, object]) -> bytes:
    value = {"model": call.model, "created_at": "2026-11-21T00:00:00.123456789Z", "done": False, **rest}
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"


def _install(connection: Connection, name: str, layers: list[Layer]) -> None:
    size = sum(layer.size for layer in layers)
    known = connection.upstream.find(name) or Model(name)
    _put(connection, replace(known, size=size, modified_at=CHANGED))


def _put(connection: Connection, model: Model) -> None:
    upstream = connection.upstream
    upstream.models = [model, *(other for other in upstream.models if other.name != model.name)]


def _full(name: str) -> str:
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


async def _head(connection: Connection) -> None:
    await connection.send_head(200, {"Content-Type": "application/x-ndjson", "Transfer-Encoding": "chunked"})


async def _send(connection: Connection, **line: object) -> None:
    data = json.dumps(line, separators=(",", ":")).encode() + b"\n"
    await connection.send(b"%x\r\n%b\r\n" % (len(data), data))


async def _end(connection: Connection) -> None:
    await connection.send(b"0\r\n\r\n")


async def _send_nothing(connection: Connection) -> None:
    await connection.send_head(200, {"Content-Length": "0"})
