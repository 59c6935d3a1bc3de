"""The server dies for real: what was written is there again, and the tab goes on by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.chat.conftest import ELIZA, MODEL, Chat, sign_up
from tests.sites import Site
from tests.upstream import Plan, Upstream

STORED = """async ([message, words]) => {
    const text = async () => (await fetch(`/m/${message}/source/`)).text();
    for (let n = 0; n < 300; n += 1) {
        if ((await text()).includes(words)) return true;
        await new Promise((done) => setTimeout(done, 100));
    }
    return false;
}"""


@pytest.fixture
def doomed(tmp_path: Path, upstream: Upstream) -> Iterator[Site]:
    with Site(tmp_path / "var", OLLAMA_HOST=upstream.address) as site:
        yield site


def test_a_killed_server_costs_what_was_not_stored_yet_and_one_click(
    doomed: Site, new_context: Callable[..., BrowserContext], upstream: Upstream, errors: list[str]
) -> None:
    context = new_context()
    sign_up(context, doomed.address, "ada")
    chat = Chat(context.new_page(), doomed.address).open(model=MODEL)
    upstream.plan(Plan(" ".join(f"word{n}" for n in range(300)), hold=180))
    chat.ask("tell me")
    expect(chat.content()).to_contain_text("word179")
    chat.equipped().settled()
    # It is stored while it is being written: nobody has to wait for its end.
    stored = chat.page.evaluate(STORED, [chat.reply().get_attribute("data-message"), "word179"])
    assert stored, "not stored in half a minute"
    doomed.kill()
    expect(chat.line).to_contain_text("No connection")
    chat.box.fill("typed meanwhile")
    doomed.start()
    chat.reply(state="interrupted")
    expect(chat.line).to_be_hidden()
    expect(chat.sidebar.get_by_role("img", name="Generating")).to_be_hidden()
    expect(chat.content()).to_have_text(re.compile(r"^\s*word0 .* word179\s*$"))
    kept = len(chat.content().inner_text())
    expect(chat.reply().locator("[data-slot=seam]")).to_contain_text("Interrupted")
    chat.reply().get_by_role("button", name="Continue").click()
    chat.reply(state="complete")
    expect(chat.box).to_have_value("typed meanwhile")
    assert len(chat.content().inner_text()) > kept
    errors.clear()


def test_a_message_sent_to_a_dead_server_arrives_once_after_a_reload(
    doomed: Site, new_context: Callable[..., BrowserContext], errors: list[str]
) -> None:
    context = new_context()
    sign_up(context, doomed.address, "ada")
    chat = Chat(context.new_page(), doomed.address).open(model=MODEL)
    doomed.kill()
    chat.ask("say 4 words")
    expect(chat.said()).to_have_attribute("data-state", "sending")
    chat.page.goto("about:blank")
    doomed.start()
    chat.open()
    expect(chat.said()).to_contain_text("say 4 words")
    chat.reply(state="complete")
    chat.settled()
    chat.page.reload()
    expect(chat.page.locator("article")).to_have_count(2)
    expect(chat.sidebar.locator("li")).to_have_count(1)
    errors.clear()


def test_an_orderly_restart_keeps_all_of_the_text(
    doomed: Site, new_context: Callable[..., BrowserContext], errors: list[str]
) -> None:
    context = new_context()
    sign_up(context, doomed.address, "ada")
    chat = Chat(context.new_page(), doomed.address).open(model=MODEL)
    chat.ask("say 2000 words")
    expect(chat.content()).to_contain_text("sticks into the water the river")
    assert doomed.stop() == 0
    shown = chat.content().inner_text().strip()
    doomed.start()
    chat.reply(state="interrupted")
    assert chat.content().inner_text().startswith(shown)
    errors.clear()


def loaded(chat: Chat, *scripts: str) -> None:
    """Wait for what the first key loads: without a server it could not come."""
    for script in scripts:
        while not chat.page.evaluate(
            "name => performance.getEntriesByType('resource').some(e => e.name.endsWith(name) && e.responseEnd)", script
        ):
            chat.page.wait_for_timeout(50)


def test_a_page_of_an_older_build_says_so_quietly(
    doomed: Site, new_context: Callable[..., BrowserContext], errors: list[str]
) -> None:
    context = new_context()
    sign_up(context, doomed.address, "ada")
    chat = Chat(context.new_page(), doomed.address).open()
    chat.box.press_sequentially("still typing")
    loaded(chat, "status.js", "stream.js")
    chat.page.evaluate("document.body.dataset.build = '/static/before/'")
    doomed.kill()
    doomed.start()
    expect(chat.line).to_contain_text("A new version is ready · Reload")
    chat.line.get_by_role("link", name="Reload").click()
    expect(chat.line).to_be_hidden()
    expect(chat.box).to_have_value("still typing")
    errors.clear()


def test_a_model_server_that_is_away_is_named_and_comes_back_by_itself(
    tmp_path: Path, new_context: Callable[..., BrowserContext]
) -> None:
    upstream = Upstream().start()
    upstream.stop()
    site = Site(tmp_path / "var", OLLAMA_HOST=upstream.address)
    try:
        site.start()
        context = new_context()
        sign_up(context, site.address, "ada")
        chat = Chat(context.new_page(), site.address).open()
        banner = chat.page.locator("chat-banner")
        expect(banner).to_contain_text(f"127.0.0.1:{upstream.port}")
        expect(banner).to_contain_text("does not answer. Start it (Ollama: ollama serve)")
        guest = new_context()
        sign_up(guest, site.address, "bob")
        told = Chat(guest.new_page(), site.address).open().page.locator("chat-banner")
        expect(told).to_contain_text("The model server Ollama cannot be reached. Your text is kept. If it stays away,")
        expect(told).to_contain_text("tell whoever runs this site")
        expect(told).not_to_contain_text("127.0.0.1")
        empty = Chat(context.new_page(), site.address).open()
        chat.model.select_option(ELIZA)
        chat.exchange("I am worried")
        upstream.start()
        expect(banner).to_be_hidden()
        expect(empty.page.locator("[data-slot=found]")).to_contain_text(f"at 127.0.0.1:{upstream.port}, ")
        chat.model.select_option(MODEL)
        chat.exchange("say 3 words")
    finally:
        site.close()
        upstream.stop()
