"""A reply from the question to its stored end, through a real daphne, a real socket and a real upstream."""

from __future__ import annotations

import asyncio
import uuid

import httpx

from conversations.ids import uuid7
from tests.integration.conftest import MODEL
from tests.sites import Site
from tests.tab import PATIENCE, Tab, post, tab_of
from tests.upstream import Plan, Upstream

WORDS = " ".join(f"word{n}" for n in range(400))


async def transcript(client: httpx.AsyncClient, conversation: str) -> list[dict[str, object]]:
    """The stored messages, as the API tells them."""
    answer = await client.get(f"/api/v1/conversations/{conversation}/transcript.json")
    assert answer.status_code == 200, answer.text
    messages: list[dict[str, object]] = answer.json()["messages"]
    return messages


def reply_of(asked: dict[str, object]) -> int:
    messages = asked["messages"]
    assert isinstance(messages, list)
    return int(messages[-1]["id"])


async def test_the_text_that_was_told_is_the_text_that_is_stored(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    upstream.plan(Plan("Emoji 😀 and \u0085 and ümlaut, twelve words in all, or a few more", rate=500))
    asked = await tab.ask("hello", model=MODEL)
    finished = await tab.wait_for("reply.finished")
    assert finished["state"] == "complete"
    stored = await transcript(alice, asked["conversation"])
    assert [message["role"] for message in stored] == ["user", "assistant"]
    assert stored[1]["content"] == tab.texts[reply_of(asked)]
    assert finished["content_length"] == len(str(stored[1]["content"]))
    assert upstream.chats[0].value["messages"] == [{"role": "user", "content": "hello"}]


async def test_a_second_tab_gets_everything_so_far_at_once_and_goes_on(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    upstream.plan(Plan(WORDS, rate=200, hold=100))
    asked = await tab.ask("hello", model=MODEL)
    reply = reply_of(asked)
    # All that comes before the upstream is released: a piece on its way would be ahead of what is opened.
    await tab.wait_for_text(reply, len(" ".join(WORDS.split()[:100])))
    async with tab_of(alice) as second:
        await second.send(type="open", conversation=asked["conversation"])
        opened = await second.wait_for("opened")
        assert opened["running"][0]["content"].startswith("word0 word1 ")
        upstream.release()
        await second.wait_for("reply.finished")
        await tab.wait_for("reply.finished")
        stored = await transcript(alice, asked["conversation"])
        assert second.texts[reply] == tab.texts[reply] == stored[1]["content"] == WORDS
        assert second.gaps == tab.gaps == 0


async def test_closing_every_tab_changes_nothing(alice: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.plan(Plan(WORDS, rate=2000, hold=10))
    async with tab_of(alice) as only:
        asked = await only.ask("hello", model=MODEL)
        await only.wait_for_text(reply_of(asked), 10)
    upstream.release()
    await upstream.until(lambda: upstream.chats[0].fate == "answered")
    async with tab_of(alice) as later:
        await later.send(type="open", conversation=asked["conversation"])
        opened = await later.wait_for("opened")
        if opened["running"]:
            await later.wait_for("reply.finished")
    stored = await transcript(alice, asked["conversation"])
    assert (stored[1]["state"], stored[1]["content"]) == ("complete", WORDS)


async def test_the_same_client_id_gives_the_same_rows(tab: Tab, alice: httpx.AsyncClient, upstream: Upstream) -> None:
    conversation, client_id = uuid7(), uuid.uuid4()
    command = {"type": "ask", "client_id": client_id, "conversation": conversation, "text": "once", "model": MODEL}
    await tab.send(**command)
    first = await tab.wait_for("asked")
    async with tab_of(alice) as second:
        await second.send(**command)
        again = await second.wait_for("asked")
    await upstream.asked()
    assert [message["id"] for message in first["messages"]] == [message["id"] for message in again["messages"]]
    stored = await transcript(alice, str(conversation))
    assert len(stored) == 2
    assert len([call for call in upstream.chats if call.prompt == "once"]) == 1


async def test_stop_closes_the_upstream_and_cuts_where_the_person_stopped_reading(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    upstream.plan(Plan(WORDS, rate=100, hold=200))
    asked = await tab.ask("hello", model=MODEL)
    reply = reply_of(asked)
    await tab.wait_for_text(reply, 100)
    await tab.send(type="stop", reply=reply, shown=42)
    finished = await tab.wait_for("reply.finished")
    await upstream.closed()
    assert (finished["state"], finished["content_length"]) == ("stopped", 42)
    assert 10 <= finished["metrics"]["reply_tokens"] <= 200
    assert (await transcript(alice, asked["conversation"]))[1]["content"] == WORDS[:42]


async def test_stop_works_before_the_first_token(tab: Tab, upstream: Upstream) -> None:
    upstream.plan(Plan(WORDS, hold=0))
    asked = await tab.ask("hello", model=MODEL)
    await upstream.asked()
    await tab.send(type="stop", reply=reply_of(asked), shown=0)
    assert (await tab.wait_for("reply.finished"))["state"] == "stopped"
    await upstream.closed()


async def test_a_stopped_reply_goes_on_from_where_it_was_cut(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    upstream.plan(Plan("One two three four five six seven", rate=100, hold=4), Plan(" four five"))
    asked = await tab.ask("count", model=MODEL)
    reply = reply_of(asked)
    await tab.wait_for_text(reply, 13)
    await tab.send(type="stop", reply=reply, shown=13)
    await tab.wait_for("reply.finished")
    await tab.send(type="continue", reply=reply)
    await tab.wait_for("reply.restarted")
    assert (await tab.wait_for("reply.finished"))["state"] == "complete"
    stored = await transcript(alice, asked["conversation"])
    assert stored[1]["content"] == "One two three four five"
    continued = [call for call in upstream.chats if len(call.value["messages"]) == 2]
    assert continued[0].value["messages"][-1] == {"role": "assistant", "content": "One two three"}


async def test_stopping_a_continued_reply_at_once_loses_nothing_of_it(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    upstream.plan(Plan("One two three four five", rate=100, hold=4), Plan(" never seen", hold=0))
    asked = await tab.ask("count", model=MODEL)
    reply = reply_of(asked)
    await tab.wait_for_text(reply, 13)
    await tab.send(type="stop", reply=reply, shown=13)
    await tab.wait_for("reply.finished")
    await tab.send(type="continue", reply=reply)
    await tab.wait_for("reply.restarted")
    await tab.send(type="stop", reply=reply)
    assert (await tab.wait_for("reply.finished"))["state"] == "stopped"
    assert (await transcript(alice, asked["conversation"]))[1]["content"] == "One two three"


async def test_deleting_the_conversation_closes_the_upstream(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    upstream.plan(Plan(WORDS, rate=100, hold=50))
    asked = await tab.ask("hello", model=MODEL)
    await tab.wait_for_text(reply_of(asked), 100)
    answer = await post(alice, f"/c/{asked['conversation']}/delete/")
    assert answer.status_code == 204
    await upstream.closed()
    changed = await tab.wait_for("conversation.changed", lambda event: bool(event["deleted"]))
    assert changed["conversation"] == asked["conversation"]


async def test_editing_while_it_writes_stops_the_old_reply_and_keeps_it_as_a_branch(
    tab: Tab, alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    upstream.plan(Plan(WORDS, rate=100, hold=50), Plan("The other answer"))
    asked = await tab.ask("first", model=MODEL)
    await tab.wait_for_text(reply_of(asked), 100)
    await tab.send(type="edit", client_id=uuid.uuid4(), message=asked["messages"][0]["id"], text="second")
    other = await tab.wait_for("asked")
    assert other["messages"][0]["siblings"] == [asked["messages"][0]["id"], other["messages"][0]["id"]]
    await upstream.closed()
    await tab.wait_for("reply.finished", lambda event: bool(event["reply"] == reply_of(other)))
    states = {message["id"]: message["state"] for message in await transcript(alice, asked["conversation"])}
    assert states[reply_of(asked)] == "stopped"
    assert states[reply_of(other)] == "complete"


async def test_a_second_question_waits_until_the_reply_is_there(tab: Tab, upstream: Upstream) -> None:
    upstream.plan(Plan(WORDS, rate=100, hold=10))
    asked = await tab.ask("hello", model=MODEL)
    await tab.send(
        type="ask",
        client_id=uuid.uuid4(),
        conversation=asked["conversation"],
        parent=reply_of(asked),
        text="and more",
    )
    refused = await tab.wait_for("error")
    assert refused["code"] == "conversation_busy"
    assert refused["retryable"]


async def test_the_title_is_made_by_the_model_after_the_first_exchange(tab: Tab, upstream: Upstream) -> None:
    upstream.plan(Plan("It is blue.", rate=500))
    upstream.plan_title(Plan('"Colour of the sky".'))
    await tab.ask("Why is the sky blue?", model=MODEL)
    first = await tab.wait_for("conversation.changed")
    assert first["title"] == "Why is the sky blue?"
    named = await tab.wait_for("conversation.changed", lambda event: event["title"] != first["title"])
    assert named["title"] == "Colour of the sky"
    assert not upstream.chats[1].value.get("think")


async def test_a_restart_makes_the_reply_interrupted_and_one_click_continues_it(
    site: Site, alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    upstream.plan(Plan(WORDS, rate=500, hold=200), Plan("and the rest"))
    async with tab_of(alice) as tab:
        asked = await tab.ask("hello", model=MODEL)
        reply = reply_of(asked)
        known = len(" ".join(WORDS.split()[:200]))
        await tab.wait_for_text(reply, known)
        async with asyncio.timeout(PATIENCE):  # no token comes any more: it is stored all the same
            while len(str((await transcript(alice, asked["conversation"]))[1]["content"])) < known:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    site.kill()
    site.start()
    async with tab_of(alice) as tab:
        await tab.send(type="open", conversation=asked["conversation"])
        opened = await tab.wait_for("opened")
        if opened["running"]:
            await tab.wait_for("reply.finished")
        stored = (await transcript(alice, asked["conversation"]))[1]
        assert stored["state"] == "interrupted"
        kept = str(stored["content"])
        assert kept == WORDS[:known]
        tab.texts[reply] = kept
        await tab.send(type="continue", reply=reply)
        assert (await tab.wait_for("reply.finished"))["state"] == "complete"
        assert (await transcript(alice, asked["conversation"]))[1]["content"] == kept + "and the rest"


async def test_a_drain_stores_every_reply_tells_every_tab_and_exits_cleanly(
    site: Site, alice: httpx.AsyncClient, upstream: Upstream
) -> None:
    upstream.plan(Plan(WORDS, rate=100, hold=150))
    async with tab_of(alice) as tab:
        asked = await tab.ask("hello", model=MODEL)
        await tab.wait_for_text(reply_of(asked), 300)
        # Read meanwhile, as browsers do: what was not read when the other end is gone may be lost.
        closing = asyncio.create_task(tab.close_code())
        status = await asyncio.to_thread(site.stop)
        assert await closing == 4012
        [finished] = [event for event in tab.events if event["type"] == "reply.finished"]
        assert finished["state"] == "interrupted"
        shown = tab.texts[reply_of(asked)]
    assert status == 0
    site.start()
    stored = (await transcript(alice, asked["conversation"]))[1]
    assert stored["state"] == "interrupted"
    assert stored["content"] == shown
