"""What a server may send that a naive relay gets wrong (protocol page §7, whose numbers the cases have)."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from conversations.backends.base import BackendError, Delta, Finish
from conversations.backends.ollama import OllamaBackend
from tests.integration.ollama.outcomes import question
from tests.upstream import Plan, Upstream
from tests.upstream.plans import line


class Told(NamedTuple):
    """All that a reply says; of calls the id and the name."""

    content: str
    thinking: str = ""
    calls: tuple[tuple[str, str], ...] = ()
    finish: Finish | None = None
    code: str = ""


def said(content: object = "", **message: object) -> bytes:
    return line("tiny", {"role": "assistant", "content": content, **message})


def done(content: str = "", **rest: Any) -> bytes:
    return line("tiny", {"role": "assistant", "content": content, **rest.pop("message", {})}, **{"done": True, **rest})


def call(name: str, **more: object) -> dict[str, object]:
    return {"function": {"index": 0, "name": name, "arguments": {}}, **more}


STOP = Finish("stop")
LARGE = "word " * 1_500_000
RAW = {"StatusCode": 429, "Status": "429 Too Many Requests", "error": "too many requests"}
NESTED = {"error": json.dumps({"error": {"code": 400, "message": "request exceeds the available context size"}})}

EDGES: dict[str, tuple[bytes, Told]] = {
    "2 many lines at once": (said("a ") * 500 + done(), Told("a " * 500, finish=STOP)),
    "7 a large line": (said(LARGE) + done(), Told(LARGE, finish=STOP)),
    "8 thinking, both, and again": (
        said(thinking="hm ") + said("Yes", thinking="so") + said(thinking=" far") + said(".") + done(),
        Told("Yes.", "hm so far", finish=STOP),
    ),
    "9 empty lines are no end": (said() + said() + said("late") + said() + done(), Told("late", finish=STOP)),
    "10 calls in several lines": (
        said(tool_calls=[call("a"), call("b")]) + said(tool_calls=[call("c", id="own")]) + done(),
        Told("", calls=(("call_1", "a"), ("call_2", "b"), ("own", "c")), finish=STOP),
    ),
    "10 calls in the last line": (
        said("Let me look.") + done(message={"tool_calls": [call("a"), call("b")]}),
        Told("Let me look.", calls=(("call_1", "a"), ("call_2", "b")), finish=STOP),
    ),
    "11 text in the last line": (said("Hel") + done("lo", eval_count=2), Told("Hello", finish=Finish("stop", None, 2))),
    "11 a last line with nothing": (said("Hello") + b'{"done":true}\n', Told("Hello", finish=STOP)),
    "13 an error with other keys": (json.dumps(RAW).encode() + b"\n", Told("", code="busy")),
    "13 an error on a line of text": (said("Hel").rstrip() + json.dumps(RAW).encode(), Told("Hel", code="busy")),
    "13 an error in an error": (json.dumps(NESTED).encode() + b"\n", Told("", code="too_much_context")),
    "14 no done": (said("Hello"), Told("Hello", code="upstream_lost")),
    "14 done that is not true": (said("Hello") + line("tiny", {"content": ""}), Told("Hello", code="upstream_lost")),
    "23 other roles": (
        line("tiny", {"role": "tool", "content": "a"}) + line("tiny", {"role": "", "content": "b"})
        + line("tiny", {"content": "c"}) + line("tiny", {"role": None, "content": "d"}) + done(),
        Told("abcd", finish=STOP),
    ),
    "24 null is empty": (
        said(None, thinking=None, images=None, tool_calls=None) + said("x") + done(done_reason=None, eval_count=None),
        Told("x", finish=STOP),
    ),
    "25 unknown fields and reasons": (
        line("tiny", {"content": "x", "mood": {}}, remote_host="h", extra=[1]) + done(done_reason="tired", plan="b"),
        Told("x", finish=Finish("tired")),
    ),
    "26 times of every kind": (
        said("a").replace(b"2026-11-21T00:00:00.123456789Z", b"0001-01-01T00:00:00Z")
        + said("b").replace(b"2026-11-21T00:00:00.123456789Z", b"2318-01-01T00:00:00.1+02:00")
        + said("c").replace(b'"2026-11-21T00:00:00.123456789Z"', b"7") + done(),
        Told("abc", finish=STOP),
    ),
    "27 another name": (
        said("x").replace(b'"tiny"', b'"registry.example/TINY:latest"') + done(),
        Told("x", finish=STOP),
    ),
    "29 lone surrogates": (
        rb'{"message":{"content":"a\ud83d"}}' + b"\n" + said("b") + done(),
        Told("a\ufffdb", finish=STOP),
    ),
    "30 NUL": (said("a\x00b") + done(), Told("ab", finish=STOP)),
    "31 numbers that are none": (
        said("x") + b'{"done":false,"done":true,"eval_count":NaN,"prompt_eval_count":9007199254740993,'
        b'"total_duration":Infinity,"load_duration":5}\n',
        Told("x", finish=Finish("stop", load_duration=5)),
    ),
}  # fmt: skip


async def told(backend: OllamaBackend) -> Told:
    """All of a reply. Nothing of it is empty, and it has one end, or none and an error."""
    deltas: list[Delta] = []
    finish, code = None, ""
    try:
        async for event in backend.chat(question()):
            if isinstance(event, Delta):
                deltas.append(event)
            elif isinstance(event, Finish):
                assert finish is None
                finish = event
    except BackendError as error:
        code = error.code
    assert all(delta.content or delta.thinking or delta.tool_calls for delta in deltas)
    assert (finish is None) == (code != "")
    return Told(
        "".join(delta.content for delta in deltas),
        "".join(delta.thinking for delta in deltas),
        tuple((call.id, call.name) for delta in deltas for call in delta.tool_calls),
        finish,
        code,
    )


@pytest.mark.parametrize("name", EDGES)
async def test_an_edge_case_is_read_as_it_is_meant(upstream: Upstream, backend: OllamaBackend, name: str) -> None:
    body, meaning = EDGES[name]
    upstream.plan(Plan(body=body), Plan(body=body, cuts=range(1, len(body), max(5, len(body) // 50))))
    assert await told(backend) == meaning
    assert await told(backend) == meaning


async def test_lines_that_come_together_are_joined(upstream: Upstream, backend: OllamaBackend) -> None:
    upstream.plan(Plan(["a "] * 2000))
    events = [event async for event in backend.chat(question())]
    assert isinstance(events[-1], Finish)
    assert len(events) < 500
    assert sum(event.pieces for event in events if isinstance(event, Delta)) == 2000


@pytest.mark.parametrize(
    ("status", "body", "code", "detail"),
    [
        (404, b"404 page not found", "upstream_protocol", "HTTP 404: 404 page not found"),
        (405, b"405 method not allowed", "upstream_protocol", "HTTP 405: 405 method not allowed"),
        (403, b"", "unauthorized", "HTTP 403"),
        (502, b"<html><title>502 Bad Gateway</title></html>", "upstream_down", "HTTP 502: 502 Bad Gateway"),
        (504, b"", "upstream_down", "HTTP 504"),
        (500, b"<p>oh & no</p>", "upstream_error", "HTTP 500: oh & no"),
    ],
)  # fmt: skip
async def test_an_answer_that_is_not_ollamas_is_told_with_its_status(
    upstream: Upstream, backend: OllamaBackend, status: int, body: bytes, code: str, detail: str
) -> None:
    upstream.plan(Plan(status=status, body=body, framing="length"))
    with pytest.raises(BackendError) as caught:
        [event async for event in backend.chat(question())]
    assert (caught.value.code, caught.value.detail) == (code, detail)
