"""The browser behind a way that cuts, delays and swallows, in the middle of a reply: the text is whole in the end.

The page's clock is the test's, so that nobody waits for its timers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests.browser.chat.conftest import MODEL, Chat
from tests.gate import Gate
from tests.sites import Site
from tests.upstream import Plan, Upstream

WORDS = " ".join(f"word{n}" for n in range(300))


@pytest.fixture
def gate(chat_site: Site) -> Iterator[Gate]:
    with Gate(chat_site.address) as gate:
        yield gate


@pytest.fixture
def behind(ada: Callable[..., BrowserContext], gate: Gate, upstream: Upstream, errors: list[str]) -> Iterator[Chat]:
    """A tab behind the gate with half a reply; the other half waits for `upstream.release()`."""
    upstream.plan(Plan(WORDS, hold=150))
    page = ada().new_page()
    page.clock.install()
    chat = Chat(page, gate.address).open(model=MODEL)
    chat.ask("tell me")
    expect(chat.content()).to_contain_text("word149")
    yield chat.equipped()
    upstream.release()
    errors.clear()


def is_whole(chat: Chat) -> None:
    """What is shown is what is stored."""
    chat.reply(state="complete")
    expect(chat.content()).to_have_text(WORDS)
    expect(chat.line).to_be_hidden()
    chat.page.reload()
    expect(chat.page.locator("article")).to_have_count(2)
    expect(chat.content()).to_have_text(WORDS)


def away(chat: Chat) -> None:
    """A minute passes in the page, without an answer."""
    chat.page.clock.run_for(60_000)
    expect(chat.line).to_be_visible()
    expect(chat.line).to_contain_text("No connection")
    expect(chat.content()).not_to_contain_text("word299")


def come(chat: Chat, asked: list[Route], count: int) -> None:
    """Wait for that many requests."""
    while len(asked) < count:
        chat.page.wait_for_timeout(20)


def test_a_connection_that_is_cut_comes_back_by_itself(behind: Chat, gate: Gate, upstream: Upstream) -> None:
    for _ in range(3):
        gate.cut()
    upstream.release()
    is_whole(behind)


def test_a_long_way_changes_nothing(behind: Chat, gate: Gate, upstream: Upstream) -> None:
    gate.delay = 0.2
    upstream.release()
    is_whole(behind)


def test_a_black_hole_is_noticed_and_left(behind: Chat, gate: Gate, upstream: Upstream) -> None:
    gate.swallows = True
    upstream.release()
    away(behind)
    gate.cut()
    gate.swallows = False
    is_whole(behind)


def test_a_long_absence_costs_nothing(behind: Chat, gate: Gate, upstream: Upstream) -> None:
    gate.refuses = True
    gate.cut()
    upstream.release()
    away(behind)
    behind.box.fill("typed meanwhile")
    gate.refuses = False
    behind.reply(state="complete")
    expect(behind.box).to_have_value("typed meanwhile")
    behind.box.fill("")
    is_whole(behind)


def test_a_late_answer_about_the_network_says_nothing_any_more(behind: Chat, gate: Gate, upstream: Upstream) -> None:
    asked: list[Route] = []
    behind.page.route("**/sidebar/", lambda route: asked.append(route))
    gate.refuses = True
    gate.cut()
    away(behind)
    come(behind, asked, 1)
    asked[0].fulfill(body="")
    behind.page.clock.run_for(60_000)
    come(behind, asked, 2)
    gate.refuses = False
    upstream.release()
    behind.reply(state="complete")
    expect(behind.line).to_be_hidden()
    with behind.page.expect_response("**/sidebar/"):
        asked[1].fulfill(body="")
    behind.page.evaluate("fetch('/healthz').then(() => true)")  # what is answered later is heard later
    is_whole(behind)


def test_a_way_that_lets_pages_through_but_no_socket_is_named(behind: Chat, gate: Gate) -> None:
    asked: list[Route] = []
    behind.page.route("**/sidebar/", lambda route: asked.append(route))
    behind.page.route_web_socket("**/ws/", lambda socket: socket.close())
    gate.cut()
    away(behind)
    come(behind, asked, 1)
    asked[0].fulfill(body="")  # the site may have come back this moment, so this alone says nothing of the way
    behind.page.clock.run_for(60_000)
    come(behind, asked, 2)
    expect(behind.line).to_contain_text("No connection")
    asked[1].fulfill(body="")
    expect(behind.line).to_contain_text("The live connection is refused on the way.")
    gate.refuses = True
    gate.cut()
    behind.page.clock.run_for(60_000)
    come(behind, asked, 3)
    asked[2].continue_()
    expect(behind.line).to_contain_text("No connection")
