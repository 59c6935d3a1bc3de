"""What a program does shows in the owner's open browser at once, and a reply goes on and is reworded by REST."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.integration.lasting.program import ask, events, quiet, reply, text_of
from tests.tab import Tab, tab_of
from tests.upstream import Plan, Upstream


@pytest.fixture
async def tab(alice: httpx.AsyncClient) -> AsyncIterator[Tab]:
    async with tab_of(alice) as tab:
        yield tab


async def told(tab: Tab, conversation: str, **wanted: object) -> None:
    """Until the sidebar is told of it, as wanted."""
    await tab.wait_for(
        "conversation.changed",
        lambda event: bool(event["conversation"] == conversation and wanted.items() <= event.items()),
    )


async def test_the_sidebar_follows_what_a_program_does(program: httpx.AsyncClient, tab: Tab) -> None:
    number = str(uuid.uuid4())
    made = await program.post("/conversations", json={"id": number, "title": "Trains"})
    assert made.status_code == 201, made.text
    await told(tab, number, title="Trains", deleted=False)
    await program.patch(f"/conversations/{number}", json={"title": "Buses"})
    await told(tab, number, title="Buses")
    await program.delete(f"/conversations/{number}")
    await told(tab, number, deleted=True)
    await program.post(f"/conversations/{number}/restore")
    await told(tab, number, deleted=False, title="Buses")


async def test_an_open_page_follows_which_branch_is_shown(
    program: httpx.AsyncClient, upstream: Upstream, tab: Tab
) -> None:
    path = await quiet(program, upstream)
    conversation = path.split("/")[2]
    first = (await program.get(path)).json()["items"][-1]
    await tab.send(type="open", conversation=conversation)
    await tab.wait_for("opened")
    second = await reply(program, f"/messages/{first['id']}/regenerate")
    await tab.saw("asked", lambda event: bool(event["messages"][-1]["id"] == second["id"]))
    await program.post(f"/messages/{first['id']}/show")
    await tab.wait_for("path.changed", lambda event: bool(event["leaf"] == first["id"]))
    await program.delete(f"/messages/{first['id']}")
    await tab.wait_for("path.changed", lambda event: bool(event["leaf"] == second["id"]))


async def test_a_question_is_said_in_other_words(program: httpx.AsyncClient, upstream: Upstream) -> None:
    path = await quiet(program, upstream)
    question = (await program.get(path)).json()["items"][0]
    upstream.plan(Plan("the other"))
    answer = await program.post(f"/messages/{question['id']}/edit", json={"text": "in other words"})
    found = events(answer.text)
    assert text_of(found, found[0]["messages"][-1]["id"]) == "the other"
    items = (await program.get(path)).json()["items"]
    assert [one["content"] for one in items] == ["in other words", "the other"]
    told = (await program.get(f"/messages/{items[0]['id']}")).json()
    assert told["siblings"] == [question["id"], items[0]["id"]]


@pytest.mark.parametrize("stream", [True, False])
async def test_a_reply_that_broke_off_goes_on_to_its_end(
    program: httpx.AsyncClient, upstream: Upstream, stream: bool
) -> None:
    path = await quiet(program, upstream)
    upstream.plan(Plan("half of it", stop_after=2, end="eof"))
    broken = await reply(program, path, text=f"break {stream}")
    assert broken["state"] == "interrupted"
    upstream.plan(Plan(" and the rest"))
    answer = await program.post(f"/messages/{broken['id']}/continue", params={"stream": stream})
    assert answer.status_code == 200, answer.text
    if stream:
        assert text_of(events(answer.text), broken["id"]).endswith("and the rest")
    else:
        assert (answer.json()["id"], answer.json()["state"]) == (broken["id"], "complete")
    stored = (await program.get(f"/messages/{broken['id']}")).json()
    assert (stored["content"].endswith("and the rest"), stored["state"]) == (True, "complete")


async def test_a_list_that_is_paged_while_others_write_loses_and_repeats_nothing(program: httpx.AsyncClient) -> None:
    kept = [await begin(program, f"kept {number}") for number in range(12)]
    gone = [await begin(program, f"gone {number}") for number in range(6)]
    paging = asyncio.Event()

    async def write() -> None:
        for conversation in gone:
            await begin(program, "new")
            await program.delete(f"/conversations/{conversation}")
            paging.set()

    writing = asyncio.create_task(write())
    await paging.wait()
    found = await listed(program)
    await writing
    assert len(found) == len(set(found))
    assert set(kept) <= set(found)
    assert set(await listed(program)) & set(gone) == set()


async def test_a_path_that_is_paged_goes_on_above_what_was_deleted(
    program: httpx.AsyncClient, upstream: Upstream
) -> None:
    path = await quiet(program, upstream)
    await ask(program, path, text="more")
    page = (await program.get(path, params={"limit": 2})).json()
    await program.delete(f"/messages/{page['before']}")
    above = await program.get(path, params={"before": page["before"]})
    assert (above.status_code, len(above.json()["items"]), above.json()["before"]) == (200, 2, None)


async def begin(program: httpx.AsyncClient, title: str) -> str:
    made = await program.post("/conversations", json={"title": title})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def listed(program: httpx.AsyncClient) -> list[str]:
    found: list[str] = []
    cursor = ""
    while cursor is not None:
        page = (await program.get("/conversations", params={"limit": 2, "cursor": cursor})).json()
        found += [one["id"] for one in page["items"]]
        cursor = page["next"]
    return found
