"""A model asks for tools, reads their results, and answers: every call is a message of the tree."""

from __future__ import annotations

import uuid

import httpx
import pytest

from tests.integration.tooling.conftest import SetUp, ask, messages, stored, until_the_end
from tests.tab import Tab
from tests.upstream import Upstream

SUM = 'call calculator {"expression": "6 * 7"}'


async def test_a_call_is_carried_out_and_its_result_is_read(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    first = await ask(tab, SUM, ["calculator"])
    finished = await until_the_end(tab)
    assert tab.texts[finished["reply"]] == "calculator answered: 42"

    question, reply, call, answer = await stored(alice, first["conversation"])
    assert [each["role"] for each in (question, reply, call, answer)] == ["user", "assistant", "tool", "assistant"]
    assert [each["parent"] for each in (reply, call, answer)] == [question["id"], reply["id"], call["id"]]
    assert all(each["state"] == "complete" and each["is_on_path"] for each in (reply, call, answer))
    assert call["content"] == "42"
    arguments = {"expression": "6 * 7"}
    number = reply["tool_calls"][0]["id"]
    assert call["tool"] == {"name": "calculator", "server": "", "call_id": number, "arguments": arguments}
    assert reply["tool_calls"][0]["arguments"] == {"expression": "6 * 7"}
    assert call["metrics"]["total_ms"] >= 0

    again = upstream.chats[1].value
    assert [tool["function"]["name"] for tool in again["tools"]] == ["calculator"]
    said, asking, result = again["messages"]
    assert asking["tool_calls"][0]["function"]["arguments"] == {"expression": "6 * 7"}
    assert (result["role"], result["content"], result["tool_name"]) == ("tool", "42", "calculator")
    assert said["content"] == SUM


async def test_several_calls_of_a_reply_are_answered_one_after_another(tab: Tab, alice: httpx.AsyncClient) -> None:
    text = f'{SUM} and call current_time {{"timezone": "Asia/Tokyo"}} and call calculator {{"expression": "1/0"}}'
    first = await ask(tab, text, ["calculator", "current_time"])
    finished = await until_the_end(tab)
    rows = await stored(alice, first["conversation"])
    calls = [row for row in rows if row["role"] == "tool"]
    assert [call["state"] for call in calls] == ["complete", "complete", "failed"]
    assert [call["parent"] for call in calls] == [rows[1]["id"], calls[0]["id"], calls[1]["id"]]
    assert "+09:00" in calls[1]["content"]
    assert calls[2]["content"] == "Error: Division by zero."
    assert calls[2]["error"]["code"] == "tool_arguments"
    assert "Error: Division by zero." in tab.texts[finished["reply"]], "the model is told"


async def test_no_tools_are_offered_to_a_model_that_cannot_use_them(tab: Tab, upstream: Upstream) -> None:
    await tab.ask("hello", model={"backend": "ollama", "name": "tiny:latest"}, tools=["calculator"])
    await tab.wait_for("reply.finished")
    assert "tools" not in upstream.chats[0].value


async def test_an_unknown_tool_is_an_error_that_the_model_reads(tab: Tab, alice: httpx.AsyncClient) -> None:
    first = await ask(tab, 'call time_machine {"year": 1900}', ["calculator"])
    finished = await until_the_end(tab)
    call = (await stored(alice, first["conversation"]))[2]
    assert (call["state"], call["error"]["code"]) == ("failed", "tool_unknown")
    assert "no tool “time_machine”" in tab.texts[finished["reply"]]


async def test_a_model_that_never_stops_calling_comes_to_an_end(tab: Tab, alice: httpx.AsyncClient) -> None:
    first = await ask(tab, 'keep calling calculator {"expression": "1 + 1"}', ["calculator"])
    await until_the_end(tab)
    rows = await stored(alice, first["conversation"])
    assert len([row for row in rows if row["role"] == "tool"]) == 12
    assert rows[-1]["state"] == "complete"


async def test_answering_again_goes_back_to_the_question(tab: Tab, alice: httpx.AsyncClient) -> None:
    first = await ask(tab, SUM, ["calculator"])
    finished = await until_the_end(tab)
    await tab.send(type="regenerate", client_id=uuid.uuid4(), message=finished["reply"])
    again = await until_the_end(tab)
    rows = await stored(alice, first["conversation"])
    roles = ["assistant", "tool", "assistant"]
    assert [row["role"] for row in rows] == ["user", *roles, *roles]
    assert rows[4]["parent"] == rows[0]["id"]
    assert [row["id"] for row in rows if row["is_on_path"]] == [rows[0]["id"], *(row["id"] for row in rows[4:])]
    assert rows[-1]["id"] == again["reply"]


async def test_the_next_question_brings_calls_and_results_along(tab: Tab, upstream: Upstream) -> None:
    first = await ask(tab, SUM, ["calculator"])
    finished = await until_the_end(tab)
    conversation = uuid.UUID(first["conversation"])
    await tab.ask("thank you", conversation=conversation, parent=finished["reply"])
    await tab.wait_for("reply.finished")
    sent = next(call for call in upstream.chats if call.prompt == "thank you").value["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant", "tool", "assistant", "user"]


async def test_a_tool_of_a_server_is_called_with_its_secrets(
    tab: Tab, alice: httpx.AsyncClient, weather: SetUp, upstream: Upstream
) -> None:
    await weather()
    first = await ask(tab, 'call weather_forecast {"city": "Bonn"} and call weather_key', ["mcp:weather"])
    finished = await until_the_end(tab)
    assert tab.texts[finished["reply"]].splitlines() == [
        "weather_forecast answered: Bonn: sunny for 1 days",
        "weather_key answered: s3cret",
    ]
    call = (await stored(alice, first["conversation"]))[2]
    assert call["tool"]["server"] == "Weather"
    offered = {tool["function"]["name"]: tool["function"] for tool in upstream.chats[0].value["tools"]}
    assert offered["weather_forecast"]["description"] == "The weather of the next days."
    assert "city" in offered["weather_forecast"]["parameters"]["properties"]


@pytest.mark.parametrize(
    ("tool", "code"),
    [("hang", "tool_timeout"), ("flood", "tool_timeout"), ("die", "tool_died"), ("fail", "tool_failed")],
)
async def test_a_server_that_misbehaves_ends_its_call_alone(
    tab: Tab, alice: httpx.AsyncClient, weather: SetUp, tool: str, code: str
) -> None:
    await weather(seconds=6)
    first = await ask(tab, f"call weather_{tool} and {SUM}", ["mcp:weather", "calculator"])
    finished = await until_the_end(tab)
    bad, good = [row for row in await stored(alice, first["conversation"]) if row["role"] == "tool"]
    assert (bad["state"], bad["error"]["code"]) == ("failed", code)
    assert bad["content"].startswith("Error: ")
    assert good["content"] == "42"
    assert "calculator answered: 42" in tab.texts[finished["reply"]]


async def test_a_long_result_is_cut_with_a_note(
    tab: Tab, alice: httpx.AsyncClient, weather: SetUp, upstream: Upstream
) -> None:
    upstream.rate = 0  # the model repeats it
    await weather()
    first = await ask(tab, "call weather_long", ["mcp:weather"])
    await until_the_end(tab)
    call = (await stored(alice, first["conversation"]))[2]
    assert len(call["content"]) < 25_000
    assert "[Cut here" in call["content"]


async def test_every_tab_is_told_of_each_call(tab: Tab) -> None:
    await ask(tab, SUM, ["calculator"])
    await until_the_end(tab)
    (call,) = [view for view in messages(tab) if view["role"] == "tool"]
    arguments = '{\n  "expression": "6 * 7"\n}'
    assert call["tool"] == {"label": "calculator", "gist": "6 * 7", "arguments": arguments, "remembers": False}
    assert tab.texts[call["id"]] == "42"
    phases = [event["phase"] for event in tab.events if event["type"] == "reply.phase" and event["reply"] == call["id"]]
    assert phases == ["running"]
