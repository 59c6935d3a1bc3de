"""The real site in front of an OpenAI-compatible server: a reply, its title, and what a person is told of faults."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.integration.openai.outcomes import KEY
from tests.sites import Site
from tests.tab import Tab
from tests.upstream import Plan, Upstream

MODEL = {"backend": "openai", "name": "tiny:latest"}
PARTIAL = "Good morning to"


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream(rate=500, dialect="vllm") as upstream:
        upstream.api_key = KEY
        yield upstream


@pytest.fixture(scope="module")
def environment(upstream: Upstream) -> dict[str, str]:
    return {"OPENAI_BASE_URL": f"{upstream.address}/v1/", "OPENAI_API_KEY": KEY}


async def test_a_first_reply_gets_its_text_its_metrics_and_its_title(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream, site: Site
) -> None:
    upstream.plan(Plan("It is <b>so</b>", thinking="hm"), Plan("A river walk"))
    asked = await tab.ask("hello there", model=MODEL)
    finished = await tab.wait_for("reply.finished")
    assert finished["state"] == "complete"
    assert tab.texts[asked["messages"][1]["id"]] == "It is <b>so</b>"
    await tab.wait_for("conversation.changed", lambda event: bool(event["title"] == "A river walk"))
    assert [call.value.get("max_tokens") for call in upstream.chats[-2:]] == [None, 40]
    page = (await alice.get(f"/c/{asked['conversation']}/")).text
    assert f'label="OpenAI API · 127.0.0.1:{upstream.port}/v1"' in page
    assert "runs on this server" in page
    told = await tab.saw("backend.changed", lambda event: bool(event["name"] == "openai"))
    assert (told["label"], told["host"]) == ("OpenAI API", "")
    assert KEY not in page + json.dumps(tab.events) + site.output


def refusal(status: int, message: str, code: object = None) -> Plan:
    return Plan(status=status, body=json.dumps({"error": {"message": message, "type": "x", "code": code}}).encode())


FAULTS = {
    "reset mid-stream": (Plan(stop_after=3, end="reset"), "interrupted", "upstream_lost", PARTIAL),
    "end without a finish reason": (Plan(stop_after=3, end="eof"), "interrupted", "upstream_lost", PARTIAL),
    "truncated chunks": (Plan(stop_after=3, end="truncate"), "interrupted", "upstream_lost", PARTIAL),
    "error, then done": (Plan(stop_after=3, end="error", error="CUDA <b>"), "failed", "upstream_error", PARTIAL),
    "error first, in a 200": (
        Plan(body=b'data: {"object":"error","message":"no luck","code":500}\n\ndata: [DONE]\n\n'),
        "failed",
        "upstream_error",
        "",
    ),
    "model missing": (refusal(404, "The model `tiny` does not exist"), "failed", "model_missing", ""),
    "bad request": (refusal(400, "nope"), "failed", "refused", ""),
    "too long": (refusal(400, "x", "context_length_exceeded"), "failed", "too_much_context", ""),
    "too many requests": (refusal(429, "x", "rate_limit_exceeded"), "failed", "busy", ""),
    "wrong key": (refusal(401, f"Incorrect API key provided: {KEY}"), "failed", "unauthorized", ""),
    "a proxy's page": (Plan(status=502, body=b"<html>Bad gateway</html>"), "failed", "upstream_down", ""),
    "HTML as a reply": (Plan(body=b"<html>hello</html>"), "failed", "upstream_protocol", ""),
    "redirect": (Plan(status=302, headers={"Location": "http://127.0.0.1:9/"}), "failed", "upstream_protocol", ""),
}


@pytest.mark.parametrize(("plan", "state", "code", "kept"), FAULTS.values(), ids=FAULTS.keys())
async def test_a_fault_ends_as_a_message_in_the_thread(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream, site: Site, plan: Plan, state: str, code: str, kept: str
) -> None:
    upstream.plan(plan, model=MODEL["name"])
    asked = await tab.ask("hello", model=MODEL)
    finished = await tab.wait_for("reply.finished")
    assert (finished["state"], finished["error"]["code"]) == (state, code)
    stored = (await alice.get(f"/api/v1/conversations/{asked['conversation']}/transcript.json")).json()["messages"]
    assert (stored[1]["state"], stored[1]["content"]) == (state, kept)
    upstream.plan(Plan("Now it works"), model=MODEL["name"])
    await tab.send(type="continue", reply=asked["messages"][1]["id"])
    assert (await tab.wait_for("reply.finished"))["state"] == "complete"
    assert KEY not in json.dumps(tab.events) + site.output


async def test_a_dead_server_is_named_and_its_return_is_told(tab: Tab, upstream: Upstream) -> None:
    upstream.plan(Plan("Back again"), model=MODEL["name"])
    upstream.stop()
    try:
        asked = await tab.ask("hello", model=MODEL)
        assert (await tab.wait_for("reply.finished"))["error"]["code"] == "upstream_down"
        await tab.saw("backend.changed", lambda event: (event["name"], event["state"]) == ("openai", "down"))
    finally:
        upstream.start()
    up = await tab.wait_for("backend.changed", lambda event: (event["name"], event["state"]) == ("openai", "up"))
    assert MODEL["name"] in {model["name"] for model in up["models"]}
    await tab.send(type="continue", reply=asked["messages"][1]["id"])
    assert (await tab.wait_for("reply.finished"))["state"] == "complete"
