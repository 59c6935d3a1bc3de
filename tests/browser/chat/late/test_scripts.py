"""Scripts that come late or never: what was done before they were there counts, or is said not to."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.chat.conftest import ELIZA, Chat
from tests.browser.chat.giving import NOTES, PUMP, SEEING, SEND_EVENT, give, payload, shown, tray
from tests.browser.chat.test_branches import place_of
from tests.browser.chat.test_tabs import drop
from tests.browser.late import Held


def test_what_was_done_before_the_page_had_its_script_counts(chat: Chat) -> None:
    chat.box.fill("kept from before")
    page = chat.page
    page.goto("about:blank")
    main = Held(page, "**/js/main*.js")
    page.goto(chat.address, wait_until="commit")
    chat.box.fill("typed meanwhile")
    chat.model.select_option(ELIZA)
    starter = page.locator(".starters button").first
    expect(starter).to_have_css("pointer-events", "none")
    page.get_by_role("link", name="New chat", exact=True).focus()
    main.come()
    chat.connected()
    expect(chat.box).to_have_value("kept from before\n\ntyped meanwhile")
    expect(chat.model).to_have_value(ELIZA)
    expect(page.get_by_role("link", name="New chat", exact=True)).to_be_focused()
    expect(starter).to_have_css("pointer-events", "auto")


def test_versions_that_came_before_a_page_was_connected_are_told(chat: Chat, tab: Callable[..., Chat]) -> None:
    chat.exchange("say 3 words")
    late = tab()
    main = Held(late.page, "**/js/main*.js")
    late.page.goto(chat.address + chat.settled(), wait_until="commit")
    expect(late.reply()).to_be_visible()
    chat.act(chat.reply(), "Answer again")
    expect(place_of(chat.reply(state="complete"))).to_have_text("2/2")
    chat.act(chat.reply(), "Previous version")
    expect(place_of(chat.reply())).to_have_text("1/2")  # the message of before
    expect(place_of(late.reply())).to_have_text("1/1")
    main.come()
    expect(place_of(late.reply())).to_have_text("1/2")


def test_a_message_waits_for_the_files_that_were_given_to_it(tab: Callable[..., Chat]) -> None:
    seeing = tab().open(model=SEEING).connected()
    page = seeing.page
    scripts = Held(page, "**/js/attachments/tray*.js")
    assert not give(seeing, "paste", PUMP)
    seeing.ask("What is it?")
    expect(seeing.toasts).to_contain_text("Wait until the files have arrived.")
    expect(seeing.box).to_have_value("What is it?")
    scripts.come()
    expect(page.locator(".tray li[data-state=ready]")).to_have_count(1)
    seeing.box.press("Enter")
    expect(shown(seeing)).to_have_count(1)
    seeing.reply(state="complete")

    page.reload()
    seeing.connected()
    scripts = Held(page, "**/js/attachments/*.js")
    seeing.act(seeing.said(), "Edit")
    box = page.get_by_role("textbox", name="Edit the message")
    expect(box).to_be_focused()
    assert not page.evaluate(SEND_EVENT, ["paste", payload(NOTES)])
    box.press("Enter")
    expect(seeing.toasts).to_contain_text("Wait until the files have arrived.")
    scripts.come()
    expect(page.locator("form.edit .tray li[data-state=ready]")).to_have_count(1)
    box.press("Enter")
    expect(shown(seeing)).to_have_count(2)
    expect(tray(seeing)).to_have_count(0)


def test_what_cannot_be_loaded_is_said(chat: Chat, errors: list[str]) -> None:
    page = chat.connected().page
    chat.exchange("say 3 words")
    scripts = ("tools/switches", "dialogs")
    for script in scripts:
        page.route(f"**/js/{script}*.js", lambda route: route.abort())
    tools = page.get_by_role("button", name="Tools")
    menu = page.locator("#tools-menu")
    settings = page.get_by_role("button", name="Conversation settings")
    for button in (tools, settings):
        button.click()
        expect(chat.toasts.get_by_text("No connection. Try again when it is back.")).to_be_visible()
        expect(menu).to_be_hidden()
        chat.toasts.get_by_text("No connection").hover()
        page.evaluate("document.querySelector('chat-toasts').replaceChildren()")
    page.unroute_all()
    page.reload()  # up to some version a browser never asks again for a script that failed
    settings.click()
    expect(page.get_by_role("dialog", name="Conversation settings").get_by_label("Temperature")).to_be_visible()
    errors.clear()  # the browser notes what did not come


def test_a_connection_that_goes_before_the_script_that_says_so_is_said(chat: Chat, errors: list[str]) -> None:
    page = chat.page
    page.route("**/js/status*.js", lambda route: route.abort())
    chat.open().connected()
    expect(chat.line).to_be_hidden()
    page.context.set_offline(True)
    drop(chat)
    expect(chat.line).to_contain_text("No connection")
    expect(chat.line).to_be_visible()
    page.context.set_offline(False)
    chat.connected()
    expect(chat.line).to_be_hidden()
    errors.clear()


def test_whoever_has_gone_on_is_not_called_back(chat: Chat) -> None:
    chat.exchange("say 3 words")
    deletion = Held(chat.page, "**/delete/")
    chat.act(chat.reply(), "Delete")
    chat.model.focus()
    deletion.come()
    expect(chat.toasts).to_contain_text("Message deleted")
    expect(chat.model).to_be_focused()
