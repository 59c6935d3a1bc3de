"""A call that needs a person's word waits for it; who cannot be asked is not waited for."""

from __future__ import annotations

import uuid
from pathlib import Path

import httpx

from tests.integration.tooling.conftest import SetUp, ask, messages, stored, until_the_end
from tests.tab import Event, Tab, tab_of

FORECAST = 'call weather_forecast {"city": "Bonn"}'


def said(notes: Path) -> str:
    return notes.read_text()


async def asked_for_approval(tab: Tab) -> int:
    """The call that waits now."""
    event = await tab.wait_for("reply.phase", lambda event: bool(event["phase"] == "approval"))
    return int(event["reply"])


async def calls(client: httpx.AsyncClient, conversation: str) -> list[Event]:
    return [row for row in await stored(client, conversation) if row["role"] == "tool"]


async def test_nothing_happens_before_a_person_allows_it(
    tab: Tab, alice: httpx.AsyncClient, weather: SetUp, notes: Path
) -> None:
    await weather("each")
    first = await ask(tab, FORECAST, ["mcp:weather"])
    call = await asked_for_approval(tab)
    assert "forecast Bonn" not in said(notes)
    assert [row["state"] for row in await calls(alice, first["conversation"])] == ["queued"]
    page = await alice.get(f"/c/{first['conversation']}/")
    assert "data-asking" in page.text
    await tab.send(type="approve", message=call, decision="once")
    finished = await until_the_end(tab)
    assert tab.texts[finished["reply"]] == "weather_forecast answered: Bonn: sunny for 1 days"
    assert "forecast Bonn" in said(notes)


async def test_a_refusal_is_told_to_the_model(tab: Tab, alice: httpx.AsyncClient, weather: SetUp, notes: Path) -> None:
    await weather("each")
    first = await ask(tab, FORECAST, ["mcp:weather"])
    await tab.send(type="approve", message=await asked_for_approval(tab), decision="refuse")
    finished = await until_the_end(tab)
    assert "The person refused this call" in tab.texts[finished["reply"]]
    assert (await calls(alice, first["conversation"]))[0]["error"]["code"] == "tool_refused"
    assert "forecast Bonn" not in said(notes)


async def test_approval_for_the_conversation_holds_there_and_nowhere_else(
    tab: Tab, weather: SetUp, alice: httpx.AsyncClient
) -> None:
    await weather("conversation")
    first = await ask(tab, FORECAST, ["mcp:weather"])
    call = await asked_for_approval(tab)
    assert messages(tab)[-1]["tool"]["remembers"] is True
    await tab.send(type="approve", message=call, decision="conversation")
    finished = await until_the_end(tab)
    conversation = uuid.UUID(first["conversation"])
    seen = len(tab.events)
    await tab.ask(FORECAST, conversation=conversation, parent=finished["reply"])
    await until_the_end(tab)
    assert not [event for event in tab.events[seen:] if event.get("phase") == "approval"]
    async with tab_of(alice) as other:
        await ask(other, FORECAST, ["mcp:weather"])
        await asked_for_approval(other)


async def test_where_each_call_is_asked_for_no_approval_lasts(tab: Tab, weather: SetUp) -> None:
    await weather("each")
    await ask(tab, f"{FORECAST} {FORECAST}", ["mcp:weather"])
    first = await asked_for_approval(tab)
    await tab.send(type="approve", message=first, decision="conversation")
    assert await asked_for_approval(tab) != first


async def test_nobody_else_can_decide(tab: Tab, weather: SetUp, charlie: httpx.AsyncClient) -> None:
    await weather("each")
    await ask(tab, FORECAST, ["mcp:weather"])
    call = await asked_for_approval(tab)
    async with tab_of(charlie) as stranger:
        await stranger.send(type="approve", message=call, decision="once")
        refused = await stranger.wait_for("error")
        assert (refused["code"], refused["re"]) == ("not_found", "approve")


async def test_stop_ends_a_call_that_waits(tab: Tab, alice: httpx.AsyncClient, weather: SetUp) -> None:
    await weather("each")
    first = await ask(tab, FORECAST, ["mcp:weather"])
    call = await asked_for_approval(tab)
    await tab.send(type="stop", reply=call, shown=0)
    await tab.wait_for("reply.finished", lambda event: bool(event["reply"] == call))
    assert [row["state"] for row in await calls(alice, first["conversation"])] == ["stopped"]
    await tab.send(type="approve", message=call, decision="once")
    assert (await tab.wait_for("error"))["code"] == "not_found"
