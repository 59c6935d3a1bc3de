"""What a model saw, once more exactly, how full it was, and answers in a form: through a real site and upstream."""

from __future__ import annotations

import html
import json
import re
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.integration.conftest import MODEL
from tests.integration.lasting.program import SCHEMA, ask, events, quiet, reply, text_of
from tests.tab import Event, Tab, post, tab_of
from tests.upstream import Plan, Upstream


@pytest.fixture
async def tab(alice: httpx.AsyncClient) -> AsyncIterator[Tab]:
    async with tab_of(alice) as tab:
        yield tab


async def exchange(tab: Tab, text: str, **more: Any) -> tuple[Event, Event]:
    """Ask, and wait for the end: the acknowledgement and the end."""
    asked = await tab.ask(text, model=MODEL, **more)
    return asked, await ended(tab, asked)


async def named(tab: Tab) -> dict[str, Any]:
    """A conversation that has its title: nothing of its own is asked any more."""
    asked, end = await exchange(tab, "hello")
    conversation = asked["conversation"]
    check = {"conversation": conversation, "title": "A walk along the river"}
    await tab.saw("conversation.changed", lambda event: check.items() <= event.items())
    return {"conversation": conversation, "parent": end["reply"]}


async def ended(tab: Tab, asked: Event) -> Event:
    reply = asked["messages"][-1]["id"]
    return await tab.saw("reply.finished", lambda event: bool(event["reply"] == reply))


async def again(tab: Tab, reply: int, **more: Any) -> tuple[Event, Event]:
    client_id = str(uuid.uuid4())
    await tab.send(type="regenerate", client_id=client_id, message=reply, **more)
    asked = await tab.wait_for("asked", lambda event: bool(event["client_id"] == client_id))
    return asked, await ended(tab, asked)


async def shown_request(client: httpx.AsyncClient, reply: int) -> dict[str, Any]:
    """The raw request on the page about a reply."""
    page = (await client.get(f"/m/{reply}/sent/")).text
    raw = re.search(r'<pre dir="ltr" tabindex="0" data-slot="raw">(.*?)</pre>', page, re.DOTALL)
    assert raw, page
    found: dict[str, Any] = json.loads(html.unescape(raw[1]))
    return found


async def test_what_is_shown_is_what_was_sent(tab: Tab, alice: httpx.AsyncClient, upstream: Upstream) -> None:
    asked, end = await exchange(
        tab, "one", system_prompt="Be brief.", sampling={"temperature": 0.5, "stop": ["\n\n\n"]}
    )
    _second, end = await exchange(tab, "two <b>", conversation=asked["conversation"], parent=end["reply"])
    last = end["reply"]
    called = _call(upstream, "two <b>")
    shown = await shown_request(alice, last)
    assert shown["messages"] == called["messages"]
    assert shown["options"] == called["options"]
    assert 0 <= called["options"]["seed"] < 2**31
    page = (await alice.get(f"/m/{last}/sent/")).text
    assert "character for character" in page
    assert "drawn for this reply" in page


def _call(upstream: Upstream, text: str) -> dict[str, Any]:
    """The first request that ended with this question."""
    return next(call.value for call in upstream.chats if call.prompt == text)


async def test_it_stays_right_when_messages_are_edited_deleted_and_continued(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    upstream.plan(Plan("Half an answer that", stop_after=4, end="eof"))
    asked, half = await exchange(tab, "begin, then break off")
    assert half["state"] == "interrupted"
    later = await tab.ask("after the break", conversation=asked["conversation"], parent=half["reply"], model=MODEL)
    end = await ended(tab, later)
    upstream.plan(Plan(" goes on and on"))
    await tab.send(type="continue", reply=half["reply"])
    whole = await tab.wait_for("reply.finished", lambda event: bool(event["reply"] == half["reply"]))
    assert whole["metrics"]["reply_tokens"] == half["metrics"]["reply_tokens"] + 4
    assert (whole["metrics"]["first_ms"], whole["metrics"]["runs"]) == (half["metrics"]["first_ms"], 2)
    await tab.send(type="edit", client_id=uuid.uuid4(), message=asked["messages"][0]["id"], text="begin otherwise")
    await tab.wait_for("reply.finished")
    assert (await post(alice, f"/m/{asked['messages'][0]['id']}/show/")).status_code == 200
    shown = await shown_request(alice, end["reply"])
    assert shown["messages"] == _call(upstream, "after the break")["messages"]
    assert shown["messages"][1]["content"] == "Half an answer that"
    assert "character for character" in (await alice.get(f"/m/{end['reply']}/sent/")).text


async def test_run_again_exactly_asks_the_same_and_compares(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    asked, end = await exchange(tab, "surprise me first", sampling={"temperature": 0.9})
    await post(alice, f"/c/{asked['conversation']}/settings/", system_prompt="Something else.", temperature="0.1")
    before = _call(upstream, "surprise me first")
    repeated, finished = await again(tab, end["reply"], exactly=True)
    same = [call.value for call in upstream.chats if call.value["messages"] == before["messages"]]
    assert same == [before, before]
    assert repeated["messages"][0]["siblings"] == [end["reply"], finished["reply"]]
    assert finished["metrics"]["repeats"] == {"reply": end["reply"], "differs_at": None}
    assert "same text" in (await alice.get(f"/m/{finished['reply']}/details/")).text


async def test_another_text_is_told_with_where_it_differs(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    place = await named(tab)
    upstream.plan(Plan("The river is calm"))
    _asked, end = await exchange(tab, "how is the river, twice", **place)
    upstream.plan(Plan("The river is wild"))
    _repeated, finished = await again(tab, end["reply"], exactly=True)
    assert finished["metrics"]["repeats"]["differs_at"] == len("The river is ")
    assert "from character 14 on" in (await alice.get(f"/m/{finished['reply']}/details/")).text


async def test_what_was_asked_of_nobody_cannot_be_asked_again(tab: Tab) -> None:
    asked = await tab.ask("no such model", model={"backend": "nowhere", "name": "m"})
    end = await ended(tab, asked)
    await tab.send(type="regenerate", client_id=uuid.uuid4(), message=asked["messages"][0]["id"], exactly=True)
    refused = await tab.wait_for("error")
    assert refused["code"] == "unknown_request"
    assert (end["state"], end["error"]["code"]) == ("failed", "server_gone")


async def test_a_conversation_whose_server_is_gone_goes_on_with_another(
    program: httpx.AsyncClient, upstream: Upstream
) -> None:
    path = await quiet(program, upstream)
    failed = await reply(program, path, text="and now", model={"backend": "removed", "name": "tiny:latest"})
    assert (failed["state"], failed["error"]["code"]) == ("failed", "server_gone")
    assert failed["error"]["detail"] == "no model server is called “removed”"
    answered = await program.post(
        f"/messages/{failed['id']}/regenerate", params={"stream": "false"}, json={"model": MODEL}
    )
    assert (answered.json()["state"], answered.json()["parent"]) == ("complete", failed["parent"])
    assert (await reply(program, path, text="and on"))["state"] == "complete"


# The window


async def test_turns_that_fell_out_are_found_by_the_servers_count(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    long = "word " * 240  # about 300 tokens
    asked, end = await exchange(tab, long, sampling={"num_ctx": 700})
    assert end["metrics"]["window"] | {"estimate": 0} == {"limit": 700, "source": "set", "estimate": 0}
    second, end = await exchange(tab, long, conversation=asked["conversation"], parent=end["reply"])
    upstream.plan(Plan("Yes", done={"prompt_eval_count": 330}))
    third, end = await exchange(tab, long, conversation=asked["conversation"], parent=end["reply"])
    assert end["metrics"]["window"]["seen_from"] > second["messages"][0]["id"]
    page = (await alice.get(f"/m/{end['reply']}/sent/")).text
    assert "left out" in page
    forecast = (await alice.get(f"/c/{asked['conversation']}/context/", params={**MODEL})).json()
    assert (forecast["limit"], forecast["source"], len(forecast["turns"])) == (700, "set", 6)
    assert third["messages"][0]["id"] >= end["metrics"]["window"]["seen_from"]


# Answers in a form


async def test_an_answer_is_held_against_its_schema(tab: Tab, alice: httpx.AsyncClient, upstream: Upstream) -> None:
    _asked, end = await exchange(tab, "in a form", response_format=SCHEMA)
    assert _call(upstream, "in a form")["format"] == SCHEMA
    assert end["metrics"]["format"] == {"kind": "schema", "wrong": []}
    page = (await alice.get(f"/m/{end['reply']}/answer/")).text
    assert "Fits the schema" in page
    assert "<dt" in page


async def test_an_answer_that_does_not_fit_is_asked_for_once_more(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    place = await named(tab)
    upstream.plan(Plan('{"answer": 7}'), Plan('{"answer": 8}'))
    _asked, end = await exchange(tab, "once more in a form", response_format=SCHEMA, corrects_format=True, **place)
    assert [problem["path"] for problem in end["metrics"]["format"]["wrong"]] == [["answer"]]
    second = await tab.wait_for("asked")
    finished = await ended(tab, second)
    assert second["messages"][0]["siblings"] == [end["reply"], finished["reply"]]
    *_before, wrong, told = upstream.questions[-1].value["messages"]
    assert wrong == {"role": "assistant", "content": '{"answer": 7}'}
    assert "answer: 7 is not of type 'string'" in told["content"]
    # It is as wrong, and that is the end of it.
    assert finished["metrics"]["format"]["wrong"]
    assert (await shown_request(alice, finished["reply"]))["messages"] == upstream.questions[-1].value["messages"]
    await exchange(tab, "anything else")
    assert [call.prompt for call in upstream.chats].count(told["content"]) == 1


async def test_by_rest_the_second_try_ends_the_turn(program: httpx.AsyncClient, upstream: Upstream) -> None:
    path, client_id = await quiet(program, upstream), str(uuid.uuid4())
    upstream.plan(Plan('{"answer": 7}'), Plan('{"answer": "eight"}'))
    body = {"text": "in a form", "response_format": SCHEMA, "corrects_format": True, "client_id": client_id}
    told = await ask(program, path, **body)
    first, second = (event["messages"][-1] for event in told if event["type"] == "asked")
    ends = [(event["reply"], bool(event["metrics"]["format"]["wrong"])) for event in told if "metrics" in event]
    assert ends == [(first["id"], True), (second["id"], False)]
    assert told[-1]["type"] == "reply.finished"
    assert second["parent"] == first["parent"]
    assert text_of(told, second["id"]) == '{"answer": "eight"}'
    # Whoever reads it later, and in another form.
    assert [event for event in await ask(program, path, **body) if event["type"] == "reply.finished"][-1] == told[-1]
    answer = await program.post(path, json={"model": MODEL, **body}, headers={"Accept": "text/event-stream"})
    last = events(answer.text.strip().rpartition("data: ")[2])
    assert last == [told[-1]]
    whole = await reply(program, path, **body)
    assert (whole["id"], whole["content"]) == (second["id"], '{"answer": "eight"}')
    assert [each["content"] for each in whole["before"]] == ['{"answer": 7}']


async def test_by_rest_a_form_that_nobody_corrects_ends_the_turn(
    program: httpx.AsyncClient, upstream: Upstream
) -> None:
    path = await quiet(program, upstream)
    upstream.plan(Plan('{"answer": 7}'), Plan('{"answer": 8}'))
    told = await ask(program, path, text="as it comes", response_format=SCHEMA)
    assert [event["type"] for event in told].count("asked") == 1
    told = await ask(program, path, text="wrong twice", corrects_format=True)
    assert [event["type"] for event in told].count("reply.finished") == 2


async def test_no_retry_where_nobody_wants_one(tab: Tab, upstream: Upstream) -> None:
    place = await named(tab)
    upstream.plan(Plan("no JSON at all"))
    _asked, end = await exchange(tab, "plain words in a form", response_format="json", **place)
    assert end["metrics"]["format"]["wrong"][0]["keyword"] == "syntax"
    await exchange(tab, "and now something else")
    assert [call.prompt for call in upstream.chats].count("plain words in a form") == 1


async def test_a_schema_that_reaches_outside_is_refused_at_the_socket(tab: Tab) -> None:
    schema = {"$ref": "http://127.0.0.1:1/x"}
    await tab.send(
        type="ask", client_id=uuid.uuid4(), conversation=uuid.uuid4(), text="x", model=MODEL, response_format=schema
    )
    refused = await tab.wait_for("error")
    assert refused["code"] == "bad_field"
    assert "response_format" in refused["field"]


async def test_the_probability_of_each_token_is_kept_on_demand(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    place = await named(tab)
    upstream.plan(Plan("The river is calm"))
    _asked, end = await exchange(tab, "how sure are you", sampling={"logprobs": 3, "truncate": False}, **place)
    called = _call(upstream, "how sure are you")
    assert (called["logprobs"], called["top_logprobs"], called["truncate"]) == (True, 3, False)
    page = (await alice.get(f"/m/{end['reply']}/confidence/")).text
    assert page.count('class="token"') == 4
    assert ">Confidence</button>" in page
    upstream.plan(Plan("The river is calm"))
    _asked, plain = await exchange(tab, "no need to say", sampling={}, **place | {"parent": end["reply"]})
    assert ">Confidence</button>" not in (await alice.get(f"/m/{plain['reply']}/details/")).text
