"""The list of conversations, the settings, the picker and the shortcuts."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.chat.conftest import ELIZA, MODEL, Chat
from tests.upstream.plans import Plan
from tests.upstream.server import Upstream


def entry(chat: Chat, path: str) -> Locator:
    return chat.sidebar.locator("li", has=chat.page.locator(f"a[href='{path}']"))


def choose(chat: Chat, path: str, item: str) -> None:
    entry(chat, path).hover()
    entry(chat, path).get_by_role("button", name=re.compile("^More")).click()
    chat.page.get_by_role("menuitem", name=item).click()


def test_a_dot_shows_what_is_generating_and_a_notice_leads_there(
    chat: Chat, tab: Callable[..., Chat], upstream: Upstream
) -> None:
    upstream.plan(Plan("It was held back", hold=2))
    chat.ask("A plan answers this")
    path = chat.settled()
    other = tab()
    with other.page.expect_response("**/sidebar/"):  # asked for again, as something is generating
        other.open()
    expect(entry(other, path).get_by_role("img", name="Generating")).to_be_visible()
    expect(chat.content()).to_contain_text("It was")
    upstream.release()
    chat.reply(state="complete")
    expect(entry(other, path).get_by_role("img", name="Generating")).to_be_hidden()
    other.toasts.get_by_role("button", name="Open").first.click()
    expect(other.page).to_have_url(chat.page.url)


def test_renaming_in_place_reaches_every_tab(chat: Chat, tab: Callable[..., Chat]) -> None:
    chat.exchange("say 3 words")
    path = chat.settled()
    other = tab().open(path).connected()
    choose(chat, path, "Rename")
    title = chat.page.get_by_role("textbox", name="Title")
    expect(title).to_be_focused()
    title.fill("Käse & <b>Brot</b>")
    title.press("Enter")
    expect(entry(chat, path)).to_contain_text("Käse & <b>Brot</b>")
    expect(entry(other, path)).to_contain_text("Käse & <b>Brot</b>")
    expect(other.page.get_by_role("heading", level=1)).to_have_text("Käse & <b>Brot</b>")
    expect(other.page).to_have_title("Käse & <b>Brot</b> · Chatsite")


def test_the_newest_conversation_is_on_top(chat: Chat, tab: Callable[..., Chat]) -> None:
    chat.exchange("say 3 words")
    older = chat.settled()
    newer = tab().open(model=MODEL).exchange("say 4 words")
    expect(newer.sidebar.locator("li a").first).to_have_attribute("href", newer.settled())
    chat.exchange("say 5 words")
    expect(newer.sidebar.locator("li a").first).to_have_attribute("href", older)
    expect(newer.sidebar.get_by_role("heading", name="Today")).to_be_visible()


def test_a_deleted_conversation_can_be_brought_back(chat: Chat, tab: Callable[..., Chat]) -> None:
    chat.exchange("say 3 words")
    path = chat.settled()
    other = tab().open().connected()
    choose(other, path, "Delete")
    expect(entry(other, path)).to_have_count(0)
    other.toasts.get_by_role("button", name="Undo").click()
    expect(entry(other, path)).to_be_visible()


def test_settings_before_the_first_message_go_with_it(chat: Chat, upstream: Upstream, errors: list[str]) -> None:
    chat.page.get_by_role("button", name="Conversation settings").click()
    dialog = chat.page.get_by_role("dialog", name="Conversation settings")
    dialog.get_by_label("System prompt").fill("Answer in verse.")
    dialog.get_by_label("Temperature").fill("0.25")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    chat.exchange("say 3 words of this")
    call = next(call for call in upstream.chats if "of this" in call.prompt)
    assert call.value["messages"][0] == {"role": "system", "content": "Answer in verse."}
    assert call.value["options"]["temperature"] == 0.25

    chat.page.reload()
    chat.page.get_by_role("button", name="Conversation settings").click()
    expect(dialog.get_by_label("System prompt")).to_have_value("Answer in verse.")
    dialog.get_by_label("Temperature").fill("99")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    errors.clear()  # the browser notes the 422
    dialog.get_by_label("Temperature").fill("0.5")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    chat.exchange("say 4 words of that")
    call = next(call for call in upstream.chats if "of that" in call.prompt)
    assert call.value["options"]["temperature"] == 0.5


def test_the_model_can_be_changed_in_the_middle_and_is_remembered(chat: Chat, tab: Callable[..., Chat]) -> None:
    chat.exchange("say 3 words")
    chat.model.select_option(ELIZA)
    chat.exchange("I feel tired")
    expect(chat.reply(0).locator("[data-slot=metrics]")).to_contain_text("llama3.2")
    expect(chat.reply(1).locator("[data-slot=metrics]")).to_contain_text("eliza")
    chat.page.reload()
    expect(chat.model).to_have_value(ELIZA)
    expect(tab().open().model).to_have_value(ELIZA)


def test_arrows_go_through_a_menu(chat: Chat) -> None:
    chat.exchange("say 3 words")
    row = entry(chat, chat.settled())
    row.hover()
    row.get_by_role("button", name=re.compile("^More")).click()
    names = ("Rename", "Share…", "Delete")
    rename, share, delete = (chat.page.get_by_role("menuitem", name=name) for name in names)
    expect(rename).to_be_focused()
    chat.page.keyboard.press("ArrowDown")
    expect(share).to_be_focused()
    chat.page.keyboard.press("ArrowDown")
    expect(delete).to_be_focused()
    chat.page.keyboard.press("ArrowDown")
    expect(rename).to_be_focused()
    chat.page.keyboard.press("End")
    expect(delete).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(rename).to_be_hidden()


def test_shortcuts_are_listed_and_can_be_switched_off(chat: Chat) -> None:
    chat.exchange("say 3 words")
    chat.page.keyboard.press("Control+/")
    dialog = chat.page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_contain_text("Copy the last reply")
    chat.page.keyboard.press("Escape")
    expect(chat.box).to_be_focused()
    chat.page.keyboard.press("Control+Shift+O")
    chat.page.wait_for_url(f"{chat.address}/")  # with its scripts, which the keys are for
    chat.page.keyboard.press("Control+/")
    dialog.get_by_role("checkbox", name="Use keyboard shortcuts").uncheck()
    chat.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    is_left_alone = "dispatchEvent(new KeyboardEvent('keydown', {key: '/', ctrlKey: true, cancelable: true}))"
    assert chat.page.evaluate(is_left_alone)
    chat.page.keyboard.press("Control+/")
    expect(dialog).to_be_hidden()


def test_on_a_narrow_page_the_list_is_a_drawer(chat: Chat) -> None:
    chat.exchange("say 3 words")
    chat.page.set_viewport_size({"width": 390, "height": 800})
    expect(chat.sidebar).to_be_hidden()
    chat.page.get_by_role("button", name="Conversations").click()
    expect(chat.sidebar).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(chat.sidebar).to_be_hidden()


def test_what_is_said_aloud_is_whole_sentences(chat: Chat) -> None:
    chat.exchange("Something with everything in it")
    announcer = chat.page.locator("[data-slot=announcer]")
    expect(announcer).to_contain_text(re.compile(r"[.:]$|Reply finished$"))
    expect(chat.log).to_have_attribute("aria-live", "off")


def test_the_page_works_in_german(ada: Callable[..., BrowserContext], chat: Chat) -> None:
    context = ada()
    context.add_cookies([{"name": "django_language", "value": "de", "url": chat.address}])
    page = context.new_page()
    page.goto(chat.address)
    page.get_by_role("combobox", name="Modell").select_option(MODEL)
    box = page.get_by_role("textbox", name="Nachricht", exact=True)
    box.fill("say 3 words")
    box.press("Enter")
    reply = page.locator("article[data-role=assistant]")
    expect(reply).to_have_attribute("data-state", "complete")
    expect(reply.locator("[data-slot=metrics]")).to_contain_text("insgesamt")


def test_a_link_is_made_copied_read_stopped_and_taken_back(
    chat: Chat, browser_of_ada: BrowserContext, errors: list[str]
) -> None:
    browser_of_ada.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.exchange("say 3 words")
    path = chat.settled()
    choose(chat, path, "Share…")
    dialog = chat.page.get_by_role("dialog", name="Share the conversation")
    dialog.get_by_role("button", name="Make a link").click()
    link = dialog.get_by_role("textbox", name="Link")
    copy = dialog.locator("[data-do=copy]")
    expect(copy).to_be_focused()
    copy.press("Enter")
    expect(copy).to_have_text("Copied")
    assert chat.page.evaluate("navigator.clipboard.readText()") == link.input_value()

    reader = browser_of_ada.new_page()
    reader.goto(link.input_value())
    expect(reader.get_by_role("article")).to_have_count(2)
    dialog.get_by_role("button", name="Stop sharing").click()
    expect(dialog.get_by_role("button", name="Undo")).to_be_focused()
    reader.reload()
    expect(reader.get_by_role("heading", level=1)).to_have_text("This is not here")
    errors.clear()  # the 404
    chat.page.keyboard.press("Enter")
    expect(dialog.locator(".done")).to_contain_text("The link works again.")
    reader.reload()
    expect(reader.get_by_role("article")).to_have_count(2)
    chat.page.keyboard.press("Escape")
    expect(entry(chat, path).get_by_role("button", name=re.compile("^More"))).to_be_focused()
