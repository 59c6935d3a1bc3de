"""The real site in front of an OpenAI-compatible server: a reply, its title, and what a person is told of faults."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from conversations.ids import uuid7
from tests.integration.lasting.program import SCHEMA
from tests.integration.openai.outcomes import KEY
from tests.sites import Site
from tests.tab import Event, Tab, post
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
    upstream.plan(Plan("It is <b>so</b>", thinking="hm"))
    upstream.plan_title(Plan("A river walk"))
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


async def ended(tab: Tab, reply: int) -> Event:
    return await tab.saw("reply.finished", lambda event: bool(event["reply"] == reply))


async def run_again(tab: Tab, reply: int) -> tuple[int, Event]:
    client_id = str(uuid.uuid4())
    await tab.send(type="regenerate", client_id=client_id, message=reply, exactly=True)
    asked = await tab.wait_for("asked", lambda event: bool(event["client_id"] == client_id))
    return asked["messages"][0]["id"], await ended(tab, asked["messages"][0]["id"])


def say(upstream: Upstream, text: str, **more: Any) -> None:
    """From now on the model says this."""
    upstream.plan(Plan(text, **more), model=MODEL["name"])


def asked_of(upstream: Upstream, conversation: str) -> list[dict[str, Any]]:
    """The requests for replies of a conversation whose system prompt is its number."""
    first = {"role": "system", "content": conversation}
    return [call.value for call in upstream.chats if call.value["messages"][0] == first and "seed" in call.value]


@pytest.mark.parametrize("dialect", ["vllm", "llama.cpp", "plain"])
async def test_run_again_exactly_sends_the_same_request(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream, dialect: str
) -> None:
    upstream.dialect, conversation = dialect, str(uuid7())
    say(upstream, '{"answer": "x"}', thinking="hm")
    sampling = {"temperature": 0.9, "top_k": 30, "num_predict": 50, "stop": ["END"], "logprobs": 2, "num_ctx": 900}
    settings = {"system_prompt": conversation, "think": "high", "response_format": SCHEMA, "sampling": sampling}
    asked = await tab.ask("again, please", uuid.UUID(conversation), model=MODEL, **settings)
    first = asked["messages"][1]["id"]
    assert (await ended(tab, first))["state"] == "complete"
    await post(alice, f"/c/{conversation}/settings/", system_prompt="Else.", temperature="0.1", think="off")
    await post(alice, f"/c/{conversation}/format/", kind="")

    say(upstream, '{"answer": "y"}', thinking="hm")
    second, end = await run_again(tab, first)
    assert end["metrics"]["repeats"] == {"reply": first, "differs_at": len('{"answer": "')}
    assert "character for character" in (await alice.get(f"/m/{second}/sent/")).text
    # One that was made in this way can be repeated too.
    await run_again(tab, second)
    before, *others = asked_of(upstream, conversation)
    assert others == [before, before]
    assert before["messages"][-1]["content"] == "again, please"
    assert before["response_format"]["json_schema"]["schema"] == SCHEMA


async def test_run_again_exactly_goes_on_from_the_same_words(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    upstream.dialect, conversation = "vllm", str(uuid7())
    say(upstream, "Half an answer that", stop_after=4, end="eof")
    settings = {"system_prompt": conversation, "sampling": {"seed": 7}}
    asked = await tab.ask("and break off", uuid.UUID(conversation), model=MODEL, **settings)
    first = asked["messages"][1]["id"]
    assert (await ended(tab, first))["state"] == "interrupted"
    tab.events.clear()
    say(upstream, " goes on")
    await tab.send(type="continue", reply=first)
    assert (await ended(tab, first))["state"] == "complete"

    second, end = await run_again(tab, first)
    _begun, before, again = asked_of(upstream, conversation)
    assert again == before
    assert (before["seed"], before["continue_final_message"]) == (7, True)
    assert end["metrics"]["repeats"]["differs_at"] is None
    assert (await alice.get(f"/m/{second}/source/")).text == "Half an answer that goes on"
