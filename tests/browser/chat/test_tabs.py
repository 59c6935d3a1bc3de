"""Several tabs of one conversation, reloads in the middle, and a network that goes away."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from playwright.sync_api import BrowserContext, expect

from tests.browser.chat.conftest import MODEL, Chat, sign_up
from tests.browser.late import Late
from tests.sites import Site
from tests.upstream.models import answer
from tests.upstream.server import Upstream

REFUSAL = """() => {
    const { live } = document.querySelector("chat-composer").page;
    globalThis.refusal = new Promise((done) => live.on("error", () => done(true)));
}"""


def test_a_second_tab_sees_the_same_reply_and_both_end_alike(
    chat: Chat, tab: Callable[..., Chat], upstream: Upstream
) -> None:
    upstream.plan(replace(answer("say 900 words"), hold=300))
    chat.ask("A plan answers this")
    expect(chat.content()).to_contain_text("river")
    other = tab().open(chat.settled())
    expect(other.content()).to_contain_text("the river runs past")
    expect(other.stop).to_be_visible()
    upstream.release()
    chat.reply(state="complete")
    other.reply(state="complete")
    first, second = chat.content().inner_html(), other.content().inner_html()
    other.page.reload()
    assert first == second == other.content().inner_html()
    expect(chat.content()).to_have_text(words(900))


def test_a_reload_in_the_middle_shows_all_and_goes_on(chat: Chat) -> None:
    chat.ask("say 400 words")
    expect(chat.content()).to_contain_text("sticks into the water")
    chat.settled()
    chat.page.reload()
    expect(chat.content()).to_contain_text("sticks into the water")
    chat.reply(state="complete")
    expect(chat.content()).to_have_text(words(400))


def test_a_question_in_one_tab_appears_in_the_other(chat: Chat, tab: Callable[..., Chat]) -> None:
    chat.exchange("say 3 words")
    other = tab().open(chat.settled())
    chat.exchange("say 4 words")
    other.reply(1, state="complete")
    expect(other.said()).to_contain_text("say 4 words")
    other.exchange("say 5 words")
    expect(chat.said()).to_contain_text("say 5 words")
    chat.act(chat.said(2), "Delete")
    expect(other.page.locator("article")).to_have_count(4)


def test_stopping_and_going_on_looks_the_same_in_both_tabs(chat: Chat, tab: Callable[..., Chat]) -> None:
    chat.ask("say 5000 words")
    other = tab().open(chat.settled())
    expect(other.content()).to_contain_text("bridge")
    chat.stop.click()
    chat.reply(state="stopped")
    other.reply(state="stopped")
    look_alike(chat, other)
    # The upstream goes on with its tour, whatever was said before.
    other.reply().get_by_role("button", name="Continue").click()
    for each in (chat, other):
        each.reply(state="complete")
        expect(each.content().locator(".math .katex-html")).to_have_count(2)
    look_alike(chat, other)
    chat.page.reload()
    expect(chat.content().locator(".math .katex-html")).to_have_count(2)
    look_alike(other, chat)


def test_versions_turn_in_every_tab(chat: Chat, tab: Callable[..., Chat]) -> None:
    chat.exchange("say 3 words")
    other = tab().open(chat.settled())
    chat.act(chat.reply(), "Answer again")
    chat.reply(state="complete")
    expect(other.reply().locator("[data-slot=siblings]")).to_have_text("2/2")
    other.act(other.reply(), "Previous version")
    expect(chat.reply().locator("[data-slot=siblings]")).to_have_text("1/2")


def test_closing_every_tab_changes_nothing(chat: Chat, tab: Callable[..., Chat]) -> None:
    chat.ask("say 200 words")
    expect(chat.content()).to_contain_text("river")
    path = chat.settled()
    other = tab()
    chat.page.close()
    other.open(path)
    other.reply(state="complete")
    expect(other.content()).to_have_text(words(200))


def test_a_message_sent_offline_goes_out_once_when_the_network_is_back(chat: Chat, errors: list[str]) -> None:
    chat.exchange("say 3 words").equipped()
    chat.page.context.set_offline(True)
    chat.page.evaluate("document.querySelector('chat-composer').page.live.wake()")
    drop(chat)
    expect(chat.line).to_contain_text("No connection")
    chat.ask("say 4 words")
    expect(chat.said()).to_have_attribute("data-state", "sending")
    chat.box.fill("typed while away")
    chat.page.context.set_offline(False)
    chat.reply(1, state="complete")
    expect(chat.line).to_be_hidden()
    expect(chat.box).to_have_value("typed while away")
    chat.page.reload()
    expect(chat.page.locator("article")).to_have_count(4)
    expect(chat.box).to_have_value("typed while away")
    errors.clear()


def test_a_gap_in_the_stream_is_filled(chat: Chat) -> None:
    chat.page.evaluate("""() => {
        const { live } = document.querySelector("chat-composer").page;
        const open = live.open;
        live.open = (url) => {
            const socket = open(url);
            let n = 0;
            return new Proxy(socket, {
                set(target, name, value) {
                    target[name] = name !== "onmessage" || !value ? value : (message) => {
                        if (message.data.includes('"reply.delta"') && (n += 1) % 3 === 0) return;
                        value(message);
                    };
                    return true;
                },
                get: (target, name) => typeof target[name] === "function" ? target[name].bind(target) : target[name],
            });
        };
        live.stop();
        live.start();
    }""")
    chat.ask("say 300 words")
    chat.reply(state="complete")
    expect(chat.content()).to_have_text(words(300))


def test_a_refused_message_stays_to_be_changed(chat: Chat, tab: Callable[..., Chat]) -> None:
    chat.exchange("say 3 words")
    other = tab().open(chat.settled()).connected()
    # A blank that the browser takes for a character and the server does not.
    chat.ask("\u200b")
    expect(chat.said()).to_have_attribute("data-state", "unsent")
    expect(chat.said()).to_contain_text("The message is empty.")
    expect(other.page.locator("article")).to_have_count(2)
    chat.page.reload()
    expect(chat.said()).to_have_attribute("data-state", "unsent")
    other.page.reload()
    expect(other.said()).to_have_attribute("data-state", "unsent")
    chat.said().get_by_role("button", name="Discard").click()
    expect(chat.page.locator("article")).to_have_count(2)
    expect(other.page.locator("article")).to_have_count(2)


def test_a_refused_message_can_go_back_into_the_box(chat: Chat) -> None:
    chat.ask("\u200b")
    expect(chat.said()).to_have_attribute("data-state", "unsent")
    chat.page.evaluate(REFUSAL)
    chat.said().get_by_role("button", name="Send again").click()
    assert chat.page.evaluate("refusal")  # of the second time
    expect(chat.said()).to_have_attribute("data-state", "unsent")
    chat.said().locator("[data-slot=unsent]").get_by_role("button", name="Edit").click()
    expect(chat.page.locator("article")).to_have_count(0)
    expect(chat.box).to_be_focused()
    expect(chat.box).to_have_value("\u200b")
    chat.exchange("say 3 words")


def test_a_draft_survives_reloads_and_stays_with_its_conversation(chat: Chat, tab: Callable[..., Chat]) -> None:
    chat.exchange("say 3 words")
    path = chat.settled()
    chat.box.fill("half a thought")
    chat.page.reload()
    expect(chat.box).to_have_value("half a thought")
    other = tab().open()
    expect(other.box).to_have_value("")
    other.open(path)
    expect(other.box).to_have_value("half a thought")


def test_a_deleted_conversation_lets_its_tabs_go(chat: Chat, tab: Callable[..., Chat], errors: list[str]) -> None:
    chat.exchange("say 3 words")
    path = chat.settled()
    other = tab().open(path).connected()
    entry = chat.sidebar.locator("li", has=chat.page.locator(f"a[href='{path}']"))
    entry.hover()
    entry.get_by_role("button", name=re.compile("^More")).click()
    chat.page.get_by_role("menuitem", name="Delete").click()
    expect(other.page).to_have_url(f"{chat.address}/")
    expect(chat.page).to_have_url(f"{chat.address}/")
    chat.toasts.get_by_role("button", name="Undo").click()
    expect(entry).to_be_visible()
    chat.open(path)
    expect(chat.said()).to_contain_text("say 3 words")
    but_for_the_context(errors)


def test_signing_out_elsewhere_keeps_what_is_typed(new_context: Callable[..., BrowserContext], chat_site: Site) -> None:
    context = new_context()
    sign_up(context, chat_site.address, "grace")
    chat = Chat(context.new_page(), chat_site.address).open(model=MODEL)
    chat.exchange("say 3 words")
    path = chat.settled()
    other = Chat(context.new_page(), chat_site.address).open()
    chat.box.fill("not finished yet")
    other.sidebar.get_by_role("button", name="grace").click()
    other.page.get_by_role("menuitem", name="Sign out").click()
    expect(chat.line).to_contain_text("Signed out · Sign in")
    expect(chat.box).to_have_value("not finished yet")
    chat.line.get_by_role("link", name="Sign in").click()
    chat.page.get_by_label("Username").fill("grace")
    chat.page.get_by_label("Password").fill("a quiet reading room")
    chat.page.get_by_role("button", name="Sign in", exact=True).click()
    expect(chat.page).to_have_url(chat_site.address + path)
    expect(chat.box).to_have_value("not finished yet")


def but_for_the_context(errors: list[str]) -> None:
    """It may have been asked for as the chat went."""
    errors[:] = [each for each in errors if "/context/" not in each]


def look_alike(first: Chat, second: Chat) -> None:
    """Each is asked while it is in front: a tab in the background may draw nothing for a while."""
    first.page.bring_to_front()
    expect(first.content()).not_to_have_text("", use_inner_text=True)
    text = first.content().inner_text()
    second.page.bring_to_front()
    expect(second.content()).to_have_text(text, use_inner_text=True)


def words(count: int) -> re.Pattern[str]:
    return re.compile(rf"^\s*(\S+\s+){{{count - 1}}}\S+\s*$")


def drop(chat: Chat) -> None:
    """Cut the socket as a broken line would: going offline alone leaves open sockets alone."""
    chat.page.evaluate("""() => {
        const { live } = document.querySelector("chat-composer").page;
        live.stop();
        live.start();
    }""")


def test_a_tab_that_was_away_finds_new_versions_and_a_deleted_chat(
    chat: Chat, tab: Callable[..., Chat], errors: list[str]
) -> None:
    chat.exchange("say 3 words")
    other = tab().open(chat.settled()).connected()
    expect(other.reply().locator("[data-slot=siblings]")).to_have_text("1/1")
    away(other)
    chat.act(chat.reply(), "Answer again")
    expect(chat.reply(state="complete").locator("[data-slot=siblings]")).to_have_text("2/2")
    chat.act(chat.reply(), "Previous version")
    expect(chat.reply().locator("[data-slot=siblings]")).to_have_text("1/2")
    back(other)
    expect(other.reply().locator("[data-slot=siblings]")).to_have_text("1/2")
    away(other)
    chat.page.evaluate(
        """() => void fetch(`${location.pathname}delete/`, {method: "POST", headers: {
            "X-CSRFToken": document.cookie.match(/csrftoken=([^;]+)/)[1]}})"""  # the page goes before its answer comes
    )
    expect(chat.toasts).to_contain_text("Deleted:")
    back(other)
    expect(other.toasts).to_contain_text("Deleted:")
    assert other.path == "/"
    but_for_the_context(errors)


def test_a_path_that_is_older_than_what_was_told_is_fetched_again(chat: Chat, tab: Callable[..., Chat]) -> None:
    chat.exchange("say 3 words")
    other = tab().open(chat.settled()).connected()
    older = Late(other.page, "**/path/")
    chat.act(chat.said(), "Delete")
    older.fetch()
    chat.toasts.get_by_role("button", name="Undo").click()
    expect(chat.said()).to_contain_text("say 3 words")
    older.come()
    expect(other.said()).to_contain_text("say 3 words")
    expect(other.reply()).to_have_attribute("data-state", "complete")


def away(chat: Chat) -> None:
    """No connection, as the page finds out."""
    chat.page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")


def back(chat: Chat) -> None:
    """It calls again."""
    chat.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
