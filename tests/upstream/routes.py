"""What each route of the test upstream answers, and how a `Plan` becomes bytes on the wire."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.upstream.asked import read
from tests.upstream.checks import refusal
from tests.upstream.plans import Call, Plan, line
from tests.upstream.skills import token_logprobs

if TYPE_CHECKING:
    from tests.upstream.connection import Connection
    from tests.upstream.models import Model

BATCH = 64
TO_BE_READ = 0.05
"""Seconds before a connection breaks: a reset throws away what is not on its way."""


@dataclass(frozen=True, slots=True)
class Wire:
    """A plan as bytes: its tokens, and what ends it well (by the start in nanoseconds, where that counts) or badly."""

    content_type: str
    lines: Sequence[bytes]
    last: bytes | Callable[[int], bytes]
    error: bytes


async def answer_json(connection: Connection, call: Call) -> None:
    """The short routes."""
    upstream = connection.upstream
    match call.method, call.path:
        case "GET", "/api/version":
            await connection.send_json(200, {"version": upstream.version})
        case "GET", "/api/tags":
            tags = [model.as_tag(with_capabilities=upstream.capabilities_in_tags) for model in upstream.models]
            await connection.send_json(200, {"models": tags})
        case "GET", "/api/ps":
            running = [model.as_running() for model in upstream.loaded.values()]
            await connection.send_json(200, {"models": running})
        case "POST", "/api/show":
            model = upstream.find(call.model)
            missing = {"error": f"model '{call.model}' not found"}
            await connection.send_json(200 if model else 404, model.as_show() if model else missing)
        case _:
            body = b"404 page not found"
            await connection.send_head(404, {"Content-Type": "text/plain", "Content-Length": str(len(body))})
            await connection.send(body)


async def answer_chat(connection: Connection, call: Call) -> None:
    """`POST /api/chat`."""
    upstream = connection.upstream
    model = upstream.find(call.model)
    plan = upstream.plan_for(call) if call.value.get("messages") else None
    if plan is not None and (plan.status != 200 or plan.body is not None):
        await send_verbatim(connection, call, plan, "application/x-ndjson")
    elif refused := refusal(call, model):
        await connection.send_json(refused[0], {"error": refused[1]})
    elif plan is None:
        await _load(connection, call, model)
    else:
        async with upstream.slots or nullcontext():
            await wait(connection, call, plan, model)
            if call.value.get("stream") is False:
                await _send_whole(connection, call, plan)
            else:
                await send_stream(connection, call, plan, _wire(call, plan))


async def _load(connection: Connection, call: Call, model: Model | None) -> None:
    assert model is not None
    is_unload = call.value.get("keep_alive") == 0
    if is_unload:
        connection.upstream.loaded.pop(model.name, None)
    else:
        connection.upstream.loaded[model.name] = model
    reason = "unload" if is_unload else "load"
    message = {"role": "assistant", "content": ""}
    await connection.send_json(200, {"model": call.model, "message": message, "done": True, "done_reason": reason})


async def wait(connection: Connection, call: Call, plan: Plan, model: Model | None) -> None:
    """Let the model load, then what the plan wants. Raises Gone."""
    assert model is not None
    if model.name not in connection.upstream.loaded:
        await connection.pause(model.load)
        connection.upstream.loaded[model.name] = model
    await connection.pause(plan.wait)
    if plan.hold == 0:
        await connection.hold(call)


async def send_verbatim(connection: Connection, call: Call, plan: Plan, content_type: str) -> None:
    """The plan's own bytes. Raises Gone."""
    if plan.wait:
        await connection.pause(plan.wait)
    if plan.hold == 0:
        await connection.hold(call)
    body = plan.body or b""
    headers = {"Content-Type": content_type, **plan.headers}
    if plan.framing == "length":
        headers["Content-Length"] = str(len(body))
    elif plan.framing == "chunked":
        headers["Transfer-Encoding"] = "chunked"
    else:
        headers["Connection"] = "close"
    await connection.send_head(plan.status, headers)
    for piece in plan.pieces():
        await connection.send(_framed(piece, plan))
        # Two writes in one turn of the loop may travel as one segment.
        await asyncio.sleep(0.001)
    await _end(connection, plan)


async def _send_whole(connection: Connection, call: Call, plan: Plan) -> None:
    messages = plan.messages()
    whole: dict[str, object] = {"role": "assistant"}
    if plan.tool_calls:
        whole["tool_calls"] = list(plan.tool_calls)
    for key in ("content", "thinking"):
        text = "".join(str(message.get(key, "")) for message in messages)
        if text or key == "content":
            whole[key] = text
    done = _done(plan, len(messages), time.perf_counter_ns())
    await connection.send_json(200, {"model": call.model, "message": whole, "done": True, **done})


async def send_stream(connection: Connection, call: Call, plan: Plan, wire: Wire) -> None:
    """The lines at the plan's rate, then its ending. Raises Gone."""
    started = time.perf_counter_ns()
    headers = {"Content-Type": wire.content_type}
    headers |= {"Transfer-Encoding": "chunked"} if plan.framing == "chunked" else {"Connection": "close"}
    await connection.send_head(200, {**headers, **plan.headers})
    rate = plan.rate or connection.upstream.rate
    lines = wire.lines
    batch = 1 if rate or plan.hold else BATCH
    for index in range(0, len(lines), batch):
        if plan.hold and index == plan.hold:
            await connection.hold(call)
        if rate and index:
            await connection.pause(index / rate - (time.perf_counter_ns() - started) / 1e9)
        some = lines[index : index + batch]
        await connection.send(b"".join(_framed(each, plan) for each in some))
        call.sent += len(some)
        if batch == 1:
            connection.upstream.notify()
    if plan.hold and plan.hold >= len(lines):
        await connection.hold(call)
    last = {"done": wire.last, "error": wire.error}.get(plan.end, b"")
    if callable(last):
        last = last(started)
    if last:
        await connection.send(_framed(last, plan))
    await _end(connection, plan)


def _wire(call: Call, plan: Plan) -> Wire:
    wanted = read(call).logprobs
    lines = [line(call.model, message, **_sure(message, wanted)) for message in plan.messages()]

    def last(started: int) -> bytes:
        done = _done(plan, len(lines), started)
        return line(call.model, {"role": "assistant", "content": ""}, **{**done, "done": True})

    return Wire("application/x-ndjson", lines, last, _error_line(plan.error))


def _sure(message: Mapping[str, object], wanted: int | None) -> dict[str, object]:
    token = str(message.get("content") or message.get("thinking") or "")
    return {"logprobs": token_logprobs(token, wanted)} if wanted is not None and token else {}


async def _end(connection: Connection, plan: Plan) -> None:
    match plan.end:
        case "reset":
            await asyncio.sleep(TO_BE_READ)
            connection.abort()
        case "truncate":
            await asyncio.sleep(TO_BE_READ)
            await connection.send(b"400\r\n{half a chunk")
            connection.close()
        case "stall":
            await connection.hold()
        case _ if plan.framing == "chunked":
            await connection.send(b"0\r\n\r\n")
        case _ if plan.framing == "close":
            connection.close()
        case _:
            pass


def _framed(data: bytes, plan: Plan) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data) if plan.framing == "chunked" else data


def _error_line(error: object) -> bytes:
    return json.dumps({"error": error}).encode() + b"\n"


def _done(plan: Plan, count: int, started: int) -> dict[str, object]:
    took = max(1, time.perf_counter_ns() - started)
    return {
        "done_reason": plan.reason,
        "total_duration": took + 30_000_000,
        "load_duration": 10_000_000,
        "prompt_eval_count": 26,
        "prompt_eval_duration": 20_000_000,
        "eval_count": count,
        "eval_duration": took,
        **plan.done,
    }
