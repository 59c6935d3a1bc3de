"""Asking by REST, as a script does: through a real site and upstream, with a token."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.integration.conftest import MODEL
from tests.integration.lasting.program import SCHEMA, ask, place, quiet, reply, text_of
from tests.sites import Site
from tests.tab import PATIENCE, Event, Tab, sign_up, tab_of
from tests.unit.uploads.samples import picture
from tests.upstream import Plan, Upstream

API = "/api/v1"
USING = {"backend": "ollama", "name": "llama3.2:latest"}
SEEING = {"backend": "ollama", "name": "gemma3:4b"}
SUM = 'call calculator {"expression": "6 * 7"}'


@pytest.fixture
async def tab(alice: httpx.AsyncClient) -> AsyncIterator[Tab]:
    async with tab_of(alice) as tab:
        yield tab


async def test_the_reply_comes_while_it_is_written(program: httpx.AsyncClient, upstream: Upstream) -> None:
    path = await quiet(program, upstream)
    upstream.plan(Plan("one two three four", hold=2))
    found: list[Event] = []
    async with program.stream("POST", path, json={"text": "slowly"}) as answer:
        assert answer.headers["Content-Type"] == "application/x-ndjson"
        async for line in answer.aiter_lines():
            found.append(json.loads(line))
            if text_of(found, found[0]["messages"][-1]["id"]).strip() == "one two":
                upstream.release()
    assert [found[0]["type"], found[-1]["type"]] == ["asked", "reply.finished"]
    assert text_of(found, found[-1]["reply"]) == "one two three four"
    assert (found[-1]["state"], found[-1]["content_length"]) == ("complete", 18)
    assert found[-1]["metrics"]["reply_tokens"] == 4
    seen = next(call.value for call in upstream.chats if call.prompt == "slowly")
    assert [message["role"] for message in seen["messages"]] == ["user", "assistant", "user"]


async def test_without_streaming_the_whole_reply_comes(program: httpx.AsyncClient, upstream: Upstream) -> None:
    path = await quiet(program, upstream)
    upstream.plan(Plan("Good night", thinking="Hm"))
    body = {"text": "?", "think": "on", "model": {"backend": "ollama", "name": "qwen3:8b"}, "sampling": {"seed": 7}}
    found = await reply(program, path, **body)
    assert (found["content"], found["thinking"], found["state"], found["error"]) == (
        "Good night",
        "Hm",
        "complete",
        None,
    )
    assert (found["role"], found["model"], found["before"], found["tool_calls"]) == ("assistant", "qwen3:8b", [], [])
    assert upstream.questions[-1].value["options"]["seed"] == 7


async def test_a_reply_that_fails_says_why(program: httpx.AsyncClient, upstream: Upstream) -> None:
    path = await quiet(program, upstream)
    upstream.plan(Plan("half of", stop_after=2, end="error"))
    found = await reply(program, path, text="break")
    assert (found["state"], found["content"]) == ("failed", "half of")
    assert found["error"]["code"] == "out_of_memory" or found["error"]["detail"]


async def test_events_for_browsers(program: httpx.AsyncClient) -> None:
    answer = await program.post(place(), json={"text": "hi", "model": MODEL}, headers={"Accept": "text/event-stream"})
    assert answer.headers["Content-Type"] == "text/event-stream"
    blocks = [block.split("\n") for block in answer.text.strip().split("\n\n")]
    assert [blocks[0][0], blocks[-1][0]] == ["event: asked", "event: reply.finished"]
    assert all(f"event: {json.loads(data.removeprefix('data: '))['type']}" == name for name, data in blocks)


async def test_a_question_is_said_once(program: httpx.AsyncClient, upstream: Upstream) -> None:
    path, client_id = place(), str(uuid.uuid4())
    first = await ask(program, path, text="only once", client_id=client_id)
    again = await ask(program, path, text="only once", client_id=client_id)
    assert again[0]["messages"][-1]["id"] == first[0]["messages"][-1]["id"]
    number = first[-1]["reply"]
    assert text_of(again, number) == text_of(first, number) != ""
    assert again[-1] == first[-1]
    assert [call.prompt for call in upstream.chats].count("only once") == 1


async def test_a_second_reader_of_a_running_reply_gets_all_of_it(
    program: httpx.AsyncClient, upstream: Upstream
) -> None:
    path, client_id = await quiet(program, upstream), str(uuid.uuid4())
    upstream.plan(Plan("one two three four", hold=2))
    body = {"text": "twice", "client_id": client_id}
    async with program.stream("POST", path, json=body) as answer:
        async for line in answer.aiter_lines():
            if '"two' in line or " two" in line:
                break
    second: list[Event] = []
    async with program.stream("POST", path, json=body) as answer:
        async for line in answer.aiter_lines():
            second.append(json.loads(line))
            if second[-1]["type"] == "reply.text":
                upstream.release()
    assert text_of(second, second[-1]["reply"]) == "one two three four"


async def test_a_program_that_hangs_up_stops_nothing(program: httpx.AsyncClient, upstream: Upstream, tab: Tab) -> None:
    path = await quiet(program, upstream)
    upstream.plan(Plan("one two three four", hold=2))
    await tab.send(type="open", conversation=path.split("/")[2])
    await tab.wait_for("opened")
    async with program.stream("POST", path, json={"text": "and gone"}) as answer:
        asked = json.loads(await anext(answer.aiter_lines()))
    number = asked["messages"][-1]["id"]
    await upstream.until(lambda: any(call.prompt == "and gone" and call.sent >= 2 for call in upstream.chats))
    upstream.release()
    finished = await tab.saw("reply.finished", lambda event: bool(event["reply"] == number))
    assert finished["state"] == "complete"
    rows = (await program.get(path)).json()["items"]
    assert rows[-1]["content"] == "one two three four"


async def test_it_shows_in_the_owners_browser(program: httpx.AsyncClient, tab: Tab) -> None:
    conversation = uuid.uuid4()
    await ask(program, place(conversation), text="seen from afar")
    shown = await tab.saw("conversation.changed", lambda event: bool(event["conversation"] == str(conversation)))
    assert shown["title"]


async def test_tools_are_used_until_the_last_reply(program: httpx.AsyncClient) -> None:
    path = place()
    found = await ask(program, path, text=SUM, model=USING, tools=["calculator"])
    asked = [event for event in found if event["type"] == "asked"]
    assert [event["messages"][-1]["role"] for event in asked] == ["assistant", "tool", "assistant"]
    last = asked[-1]["messages"][-1]["id"]
    assert (found[-1]["reply"], found[-1]["state"]) == (last, "complete")
    assert text_of(found, asked[1]["messages"][-1]["id"]) == "42"
    assert text_of(found, last) == "calculator answered: 42"
    whole = await reply(program, path, text=SUM, model=USING)
    assert whole["content"] == "calculator answered: 42"
    wanting, called = whole["before"]
    assert wanting["tool_calls"][0]["arguments"] == {"expression": "6 * 7"}
    assert (called["tool_name"], called["content"]) == ("calculator", "42")
    assert called["tool_call_id"] == wanting["tool_calls"][0]["id"]


async def test_a_turn_with_tools_is_told_again_whole(program: httpx.AsyncClient) -> None:
    path, client_id = place(), str(uuid.uuid4())
    body = {"text": SUM, "model": USING, "tools": ["calculator"], "client_id": client_id}
    first, again = await ask(program, path, **body), await ask(program, path, **body)
    kinds = ("asked", "reply.finished")
    assert [(e["type"], e.get("reply")) for e in again if e["type"] in kinds] == [
        (e["type"], e.get("reply")) for e in first if e["type"] in kinds
    ]
    assert text_of(again, again[-1]["reply"]) == "calculator answered: 42"


async def test_an_answer_in_a_form(program: httpx.AsyncClient, upstream: Upstream) -> None:
    found = await reply(program, place(), text="form by rest", response_format=SCHEMA)
    assert isinstance(json.loads(found["content"])["answer"], str)
    assert found["metrics"]["format"] == {"kind": "schema", "wrong": []}
    assert next(call.value for call in upstream.chats if call.prompt == "form by rest")["format"] == SCHEMA


async def test_a_picture_for_a_model_that_sees(program: httpx.AsyncClient) -> None:
    sent = await program.post("/attachments", files={"file": ("a.png", picture(30, 10))})
    file = sent.json()["id"]
    blind = await program.post(place(), json={"text": "what", "model": USING, "attachments": [file]})
    assert (blind.status_code, blind.json()["code"]) == (422, "model_cannot_see")
    found = await reply(program, place(), text="what", model=SEEING, attachments=[file])
    assert "PNG 30×10" in found["content"]


async def test_stop_and_answer_again(program: httpx.AsyncClient, upstream: Upstream) -> None:
    path = await quiet(program, upstream)
    upstream.plan(Plan("one two three four", hold=2), Plan("another"))
    found: list[Event] = []
    async with program.stream("POST", path, json={"text": "stop it"}) as answer:
        async for line in answer.aiter_lines():
            found.append(json.loads(line))
            number = found[0]["messages"][-1]["id"]
            if text_of(found, number).strip() == "one two":
                assert (await program.post(f"/messages/{number}/stop", json={})).status_code == 204
    assert found[-1]["state"] == "stopped"
    other = await program.post(f"/messages/{number}/regenerate", params={"stream": "false"}, json={})
    assert other.json()["content"] == "another"
    rows = (await program.get(path, params={"limit": 2})).json()
    assert [row["content"] for row in rows["items"]] == ["stop it", "another"]
    above = (await program.get(path, params={"before": rows["before"]})).json()
    assert ([row["role"] for row in above["items"]], above["before"]) == (["user", "assistant"], None)


async def test_bad_values_are_named(program: httpx.AsyncClient) -> None:
    for body, field in (
        ({"text": "x", "sampling": {"temperature": 9}}, "sampling.temperature"),
        ({"text": "x", "txet": "x"}, "txet"),
        ({}, "text"),
        ({"text": " "}, "text"),
        ({"text": "x", "parent": 10**12}, "parent"),
        ({"text": "x", "response_format": {"$ref": "http://127.0.0.1:1/x"}}, "response_format"),
    ):
        answer = await program.post(place(), json={"model": MODEL, **body})
        problem = answer.json()
        if field == "parent":
            assert (answer.status_code, problem["code"]) == (404, "not_found")
        else:
            assert answer.status_code == 422, answer.text
            assert field in problem["errors"][0]["field"]
        assert answer.headers["Content-Type"] == "application/problem+json"
    long = await program.post(place(), json={"text": "x" * (128 * 1024 + 1), "model": MODEL})
    assert (long.status_code, long.json()["code"]) == (422, "too_long")


async def test_nobody_reaches_what_is_not_theirs(site: Site, program: httpx.AsyncClient) -> None:
    charlie = await sign_up(site.address, "charlie")
    async with tab_of(charlie) as tab:
        asked = await tab.ask("mine", model=MODEL)
        await tab.wait_for("reply.finished")
    await charlie.aclose()
    foreign, number = place(asked["conversation"]), asked["messages"][-1]["id"]
    for path in (foreign, f"/messages/{number}/stop", f"/messages/{number}/regenerate"):
        body = {} if path != foreign else {"text": "x", "model": MODEL}
        answer = await program.post(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
    assert (await program.get(foreign)).status_code == 404


async def test_a_session_alone_asks_nothing(alice: httpx.AsyncClient, site: Site) -> None:
    path, body = f"{API}{place()}", {"text": "x", "model": MODEL}
    assert (await alice.post(path, json=body)).status_code == 401
    async with httpx.AsyncClient(base_url=site.address, trust_env=False, timeout=PATIENCE) as nobody:
        assert (await nobody.post(path, json=body)).status_code == 401
