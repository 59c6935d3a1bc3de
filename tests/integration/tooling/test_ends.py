"""A round ends at any point: by a stop, a deletion, a drain or a power cut; nothing of it is lost or left running."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path

import httpx
import pytest

from tests.integration.tooling.conftest import SetUp, ask, messages, stored, until_the_end
from tests.sites import Site
from tests.tab import PATIENCE, Event, Tab, post, tab_of
from tests.upstream import Plan, Upstream

SUM = 'call calculator {"expression": "6 * 7"}'


async def noted(notes: Path, line: str) -> None:
    """Wait until the MCP server has said it: a file tells nobody when it grows."""
    async with asyncio.timeout(PATIENCE):
        while line not in await asyncio.to_thread(notes.read_text):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def call_named(tab: Tab, label: str) -> Event:
    """The message of a call, once the tab was told of it."""
    while True:
        for view in messages(tab):
            if view["role"] == "tool" and label in view["tool"]["label"]:
                return view
        await tab.wait_for("asked")


def states(rows: list[Event]) -> list[tuple[str, str]]:
    return [(row["role"], row["state"]) for row in rows if row["role"] != "user"]


async def test_stopping_ends_the_round_and_the_call_at_its_server(
    tab: Tab, alice: httpx.AsyncClient, weather: SetUp, notes: Path, upstream: Upstream
) -> None:
    await weather()
    first = await ask(tab, f"{SUM} call weather_hang and {SUM}", ["mcp:weather", "calculator"])
    await noted(notes, "hanging")
    await call_named(tab, "hang")
    last = messages(tab)[-1]
    await tab.send(type="stop", reply=last["id"], shown=0)
    await tab.wait_for("reply.finished", lambda event: bool(event["reply"] == last["id"]))
    rows = await stored(alice, first["conversation"])
    calls = [("tool", "complete"), ("tool", "stopped"), ("tool", "stopped")]
    assert states(rows) == [("assistant", "complete"), *calls]
    await noted(notes, "let go")
    assert len(upstream.chats) == 1

    await tab.send(type="continue", reply=last["id"])
    await until_the_end(tab)
    rows = await stored(alice, first["conversation"])
    assert rows[-1]["parent"] == last["id"]
    assert "weather_hang answered: [No result" in rows[-1]["content"]
    assert "calculator answered: 42" in rows[-1]["content"]


async def test_stopping_while_the_model_still_asks_carries_nothing_out(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    call = {"function": {"name": "calculator", "arguments": {"expression": "1"}}}
    upstream.plan(Plan("one two three four", tool_calls=[call], hold=2))
    first = await ask(tab, "hello", ["calculator"])
    reply = first["messages"][-1]["id"]
    await tab.wait_for_text(reply, 4)
    await tab.send(type="stop", reply=reply, shown=4)
    await tab.wait_for("reply.finished")
    assert states(await stored(alice, first["conversation"])) == [("assistant", "stopped")]


async def test_stopping_the_reply_behind_the_calls_keeps_its_text(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    call = {"function": {"name": "calculator", "arguments": {"expression": "1"}}}
    upstream.plan(Plan("", tool_calls=[call]), Plan("the answer is one, as far as I know", hold=3))
    first = await ask(tab, "hello", ["calculator"])
    while not (replies := [view for view in messages(tab)[2:] if view["role"] == "assistant"]):
        await tab.wait_for("asked")
    reply = replies[-1]["id"]
    await tab.wait_for_text(reply, 10)
    await tab.send(type="stop", reply=reply, shown=10)
    await tab.wait_for("reply.finished", lambda event: bool(event["reply"] == reply))
    rows = await stored(alice, first["conversation"])
    assert states(rows) == [("assistant", "complete"), ("tool", "complete"), ("assistant", "stopped")]
    assert rows[-1]["content"] == "the answer"
    upstream.plan(Plan(" is two"))
    await tab.send(type="continue", reply=reply)
    finished = await tab.wait_for("reply.finished", lambda event: bool(event["reply"] == reply))
    assert finished["state"] == "complete"


async def test_deleting_the_conversation_ends_the_call_at_its_server(
    tab: Tab, alice: httpx.AsyncClient, weather: SetUp, notes: Path
) -> None:
    await weather()
    first = await ask(tab, "call weather_hang", ["mcp:weather"])
    await noted(notes, "hanging")
    answer = await post(alice, f"/c/{first['conversation']}/delete/")
    assert answer.status_code == 204
    await noted(notes, "let go")


async def test_another_question_ends_the_round(tab: Tab, alice: httpx.AsyncClient, weather: SetUp, notes: Path) -> None:
    await weather()
    first = await ask(tab, "call weather_hang", ["mcp:weather"])
    await noted(notes, "hanging")
    await tab.send(type="edit", client_id=uuid.uuid4(), message=first["messages"][0]["id"], text="something else")
    await noted(notes, "let go")
    await until_the_end(tab)
    rows = await stored(alice, first["conversation"])
    assert [row["state"] for row in rows if row["role"] == "tool"] == ["stopped"]
    assert rows[-1]["state"] == "complete"


@pytest.mark.parametrize("how", ["kill", "stop"])
async def test_a_call_whose_process_ends_is_interrupted_and_its_round_goes_on_later(
    site: Site, tab: Tab, alice: httpx.AsyncClient, weather: SetUp, notes: Path, how: str
) -> None:
    await weather()
    first = await ask(tab, f"call weather_hang and {SUM}", ["mcp:weather", "calculator"])
    await noted(notes, "hanging")
    await asyncio.to_thread(site.kill if how == "kill" else site.stop)
    await asyncio.to_thread(site.start)
    async with tab_of(alice) as again:
        await again.send(type="open", conversation=first["conversation"])
        async with asyncio.timeout(PATIENCE):
            while True:
                rows = await stored(alice, first["conversation"])
                if {row["state"] for row in rows if row["role"] == "tool"} == {"interrupted"}:
                    break
                await asyncio.sleep(0.1)
        assert states(rows)[0] == ("assistant", "complete")
        await again.send(type="continue", reply=rows[-1]["id"])
        finished = await until_the_end(again)
        assert finished["state"] == "complete"
    rows = await stored(alice, first["conversation"])
    assert rows[-1]["content"].count("[No result") == 2


async def test_what_hangs_or_waits_shows_in_a_tab_that_comes_later(
    tab: Tab, alice: httpx.AsyncClient, weather: SetUp, notes: Path
) -> None:
    await weather()
    first = await ask(tab, f"call weather_hang and {SUM}", ["mcp:weather", "calculator"])
    await noted(notes, "hanging")
    call = await call_named(tab, "hang")
    async with tab_of(alice) as second:
        await second.send(type="open", conversation=first["conversation"])
        opened = await second.wait_for("opened")
        assert {text["reply"]: text["phase"] for text in opened["running"]}[call["id"]] == "running"
        page = await alice.get(f"/c/{first['conversation']}/")
        assert f'data-message="{call["id"]}" data-role="tool" data-state="streaming"' in page.text
        await second.send(type="stop", reply=call["id"], shown=0)
        await second.wait_for("reply.finished", lambda event: bool(event["reply"] == call["id"]))
