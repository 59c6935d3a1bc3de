"""A conversation in the terminal beside a running site: each sees at once what the other does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sites import Site
from tests.tab import sign_up, tab_of
from tests.terminal import PROMPT, Data, Terminal
from tests.upstream import Plan, Upstream

WORDS = "one two three four five six " * 200


@pytest.fixture
def site(tmp_path: Path, upstream: Upstream) -> Iterator[Site]:
    with Site(tmp_path / "var", OLLAMA_HOST=upstream.address) as site:
        yield site


async def test_a_tab_sees_a_reply_of_the_terminal_grow_and_stops_it(site: Site, upstream: Upstream) -> None:
    upstream.plan(Plan(WORDS, rate=20))
    client = await sign_up(site.address, "alice")
    async with tab_of(client) as tab:
        with Terminal(Data.of(site), "tiny") as terminal:
            terminal.read_until(PROMPT)
            terminal.type("Count\r")
            told = await tab.wait_for("conversation.changed")
            assert told["title"] == "Count"
            await tab.send(type="open", conversation=told["conversation"])
            opened = await tab.wait_for("opened")
            reply = opened["leaf"]
            await tab.wait_for_text(reply, len("one two three"))
            assert WORDS.startswith(tab.texts[reply])
            await tab.send(type="stop", reply=reply, shown=len("one two"))
            assert "Stopped." in terminal.enter("")
            # What was stored at that moment is told first, then the text up to the cut, by the process that has it.
            await tab.saw("reply.finished", lambda event: bool(event["content_length"] == len("one two")))

    assert Data.of(site).replies() == [("stopped", "one two")]
    upstream.wait_until(lambda: upstream.chats[0].fate == "closed")


async def test_what_is_said_in_the_browser_is_gone_on_with(site: Site, upstream: Upstream) -> None:
    client = await sign_up(site.address, "alice")
    async with tab_of(client) as tab:
        with Terminal(Data.of(site), "tiny") as terminal:
            terminal.read_until(PROMPT)
            terminal.enter("First")
            told = await tab.wait_for("conversation.changed")
            await tab.send(type="open", conversation=told["conversation"])
            leaf = (await tab.wait_for("opened"))["leaf"]
            upstream.plan(Plan("From the browser"), model="tiny:latest")
            asked = await tab.ask("Second", told["conversation"], parent=leaf)
            await tab.saw("reply.finished", lambda event: bool(event["reply"] == asked["messages"][-1]["id"]))
            assert "went on elsewhere" in terminal.enter("Third")

    third = next(call.value for call in upstream.chats if call.prompt == "Third")
    said = [turn["content"] for turn in third["messages"]]
    assert said == ["First", said[1], "Second", "From the browser", "Third"]


async def test_a_site_that_is_started_later_hears_the_terminal_too(site: Site, upstream: Upstream) -> None:
    client = await sign_up(site.address, "alice")
    with Terminal(Data.of(site), "eliza") as terminal:
        terminal.read_until(PROMPT)
        site.kill()  # and leaves its socket behind
        site.start()
        async with tab_of(client) as tab:
            await tab.send(type="open", conversation=None)
            terminal.enter("Good morning")
            assert (await tab.wait_for("conversation.changed"))["title"] == "Good morning"


async def test_one_message_alone_is_seen_in_the_sidebar(site: Site) -> None:
    client = await sign_up(site.address, "alice")
    async with tab_of(client) as tab:
        done = await asyncio.to_thread(Data.of(site).manage, "chat", "eliza", "In passing")
        assert (done.returncode, done.stderr) == (0, "")
        told = await tab.saw("conversation.changed", lambda event: not event["generating"])

    assert told["title"] == "In passing"
    assert site.stop() == 0
    assert "Traceback" not in site.output
