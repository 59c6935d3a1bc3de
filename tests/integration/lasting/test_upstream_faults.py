"""What a person is told, and what is kept, when the model server misbehaves (reliability catalogue, group U)."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.integration.conftest import MODEL
from tests.tab import Tab
from tests.upstream import Plan, Upstream

PARTIAL = "Good morning to"
BOMB = b'{"message":{"content":"' + b"x" * (9 * 1024 * 1024) + b'"}}\n'
LONG = {"code": 400, "message": "request (9000 tokens) exceeds the available context size (4096 tokens)"}
NESTED = json.dumps({"error": json.dumps({"error": {**LONG, "type": "exceed_context_size_error"}})}).encode()


def refusal(status: int, body: bytes, **headers: str) -> Plan:
    return Plan(status=status, body=body, headers=headers)


FAULTS = {
    "reset mid-stream": (Plan(stop_after=3, end="reset"), "interrupted", "upstream_lost", PARTIAL),
    "end without done": (Plan(stop_after=3, end="eof"), "interrupted", "upstream_lost", PARTIAL),
    "truncated chunks": (Plan(stop_after=3, end="truncate"), "interrupted", "upstream_lost", PARTIAL),
    "error in the stream": (
        Plan(stop_after=3, end="error", error="CUDA <b>error"),
        "failed",
        "upstream_error",
        PARTIAL,
    ),
    "error as first line": (Plan(stop_after=0, end="error", error="no luck"), "failed", "upstream_error", ""),
    "model missing": (refusal(404, b'{"error":"model \'tiny\' not found"}'), "failed", "model_missing", ""),
    "bad request": (refusal(400, b'{"error":"invalid options"}'), "failed", "refused", ""),
    "too long": (refusal(400, NESTED), "failed", "too_much_context", ""),
    "queue full": (refusal(503, b'{"error":"server busy, please try again."}'), "failed", "busy", ""),
    "too many requests": (refusal(429, b"slow down", **{"Retry-After": "3"}), "failed", "busy", ""),
    "no sign-in": (refusal(401, b'{"error":"unauthorized"}'), "failed", "unauthorized", ""),
    "out of memory": (
        refusal(500, b'{"error":"llama-server reported out-of-memory during startup: x"}'),
        "failed",
        "out_of_memory",
        "",
    ),
    "a proxy's page": (refusal(502, b"<html><h1>Bad gateway</h1></html>"), "failed", "upstream_down", ""),
    "HTML as a reply": (refusal(200, b"<html>hello</html>"), "failed", "upstream_protocol", ""),
    "redirect": (refusal(302, b"", Location="http://127.0.0.1:9/"), "failed", "upstream_protocol", ""),
    "a line without end": (refusal(200, BOMB), "failed", "answer_too_long", ""),
}


@pytest.mark.parametrize(("plan", "state", "code", "kept"), FAULTS.values(), ids=FAULTS.keys())
async def test_a_fault_ends_as_a_message_in_the_thread(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream, plan: Plan, state: str, code: str, kept: str
) -> None:
    upstream.plan(plan, model=MODEL["name"])
    asked = await tab.ask("hello", model=MODEL)
    finished = await tab.wait_for("reply.finished")
    assert (finished["state"], finished["error"]["code"]) == (state, code)
    stored = (await alice.get(f"/api/v1/conversations/{asked['conversation']}/transcript.json")).json()["messages"]
    assert stored[0]["content"] == "hello"
    assert (stored[1]["state"], stored[1]["content"]) == (state, kept)
    upstream.plan(Plan("Now it works"), model=MODEL["name"])
    await tab.send(type="continue", reply=asked["messages"][1]["id"])
    assert (await tab.wait_for("reply.finished"))["state"] == "complete"


async def test_text_that_no_browser_or_database_likes_arrives_clean(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    words = ["one \u0085", "two \u2028", "nul \x00", "emoji 😀", "lone \ud83d"]
    upstream.plan(Plan(words), model=MODEL["name"])
    asked = await tab.ask("hello", model=MODEL)
    assert (await tab.wait_for("reply.finished"))["state"] == "complete"
    stored = (await alice.get(f"/api/v1/conversations/{asked['conversation']}/transcript.json")).json()["messages"]
    assert stored[1]["content"].rstrip("\ufffd") == "one \u0085two \u2028nul emoji 😀lone "
    assert tab.texts[asked["messages"][1]["id"]] == stored[1]["content"]


async def test_a_dead_server_is_named_and_its_return_is_told(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    upstream.plan(Plan("Back again"), model=MODEL["name"])
    upstream.stop()
    try:
        asked = await tab.ask("hello", model=MODEL)
        finished = await tab.wait_for("reply.finished")
        assert (finished["state"], finished["error"]["code"]) == ("failed", "upstream_down")
        page = await alice.get("/")
        assert page.status_code == 200
        down = await tab.saw("backend.changed", lambda event: bool(event["state"] == "down"))
        assert down["address"] == upstream.address
    finally:
        upstream.start()
    up = await tab.wait_for("backend.changed", lambda event: bool(event["state"] == "up"))
    assert MODEL["name"] in {model["name"] for model in up["models"]}
    await tab.send(type="continue", reply=asked["messages"][1]["id"])
    assert (await tab.wait_for("reply.finished"))["state"] == "complete"
