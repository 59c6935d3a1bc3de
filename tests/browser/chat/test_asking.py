"""A person asks: the message is there at once, the reply streams in, and nothing is lost on the way."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.chat.conftest import ELIZA, MODEL, THINKER, Chat
from tests.upstream.plans import Plan
from tests.upstream.server import Upstream


def test_the_composer_is_ready_and_named(chat: Chat) -> None:
    expect(chat.box).to_be_focused()
    expect(chat.send).to_be_visible()
    expect(chat.log).to_be_visible()
    expect(chat.model).to_have_value(MODEL)
    expect(chat.page.get_by_role("link", name="New chat", exact=True).first).to_be_visible()


def test_eliza_answers_without_any_model_server(tab: Callable[..., Chat]) -> None:
    chat = tab().open(model=ELIZA).exchange("I dreamt about my old school")
    expect(chat.content()).not_to_be_empty()
    expect(chat.reply().locator("[data-slot=metrics]")).to_contain_text("eliza")


def test_a_message_is_shown_before_the_server_has_it(chat: Chat) -> None:
    chat.box.fill("say 5 words")
    shown = chat.page.evaluate("""() => {
        document.querySelector("chat-composer form").requestSubmit();
        return document.querySelector("article[data-role=user]").dataset.state;
    }""")
    assert shown == "sending"
    chat.reply(state="complete")
    expect(chat.said()).to_have_attribute("data-state", "complete")


def test_the_first_message_gives_the_page_its_address_and_its_entry(chat: Chat) -> None:
    chat.ask("say 20 words")
    path = chat.settled()
    entry = chat.sidebar.locator("li", has=chat.page.locator(f"a[href='{path}']"))
    expect(entry.locator("a")).to_have_attribute("aria-current", "page")
    chat.reply(state="complete")
    expect(entry).to_contain_text("A walk along the river")
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("A walk along the river")
    expect(chat.page).to_have_title("A walk along the river · Chatsite")


def test_the_streamed_reply_is_what_the_server_renders(chat: Chat) -> None:
    chat.exchange("Tell me something with everything in it")
    is_enriched(chat)
    streamed = chat.content().inner_html()
    chat.page.reload()
    is_enriched(chat)
    assert chat.content().inner_html() == streamed


def is_enriched(chat: Chat) -> None:
    """Formulas are set, code is coloured, and each block has been near the window."""
    expect(chat.content().locator(".math .katex-html")).to_have_count(2)
    expect(chat.content().locator("code .hljs-keyword")).not_to_have_count(0)
    expect(chat.content().locator(":is(figure.code, .table, .math):not([data-seen])")).to_have_count(0)


def test_enter_sends_and_shift_enter_breaks(chat: Chat) -> None:
    chat.box.type("first /")
    chat.box.press("Shift+Enter")
    chat.box.type("second 🙂")
    expect(chat.box).to_have_value("first /\nsecond 🙂")
    chat.box.press("Enter")
    expect(chat.said().locator("[data-slot=content]")).to_have_text("first /\nsecond 🙂", use_inner_text=True)
    expect(chat.box).to_have_value("")
    expect(chat.box).to_be_focused()
    chat.reply(state="complete")


def test_enter_that_ends_a_composition_does_not_send(chat: Chat) -> None:
    chat.box.fill("にほ")
    chat.box.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True, "cancelable": True})
    chat.box.dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "bubbles": True, "cancelable": True})
    expect(chat.box).to_have_value("にほ")
    expect(chat.page.locator("article")).to_have_count(0)
    chat.box.press("Control+Enter")
    expect(chat.said()).to_contain_text("にほ")
    chat.reply(state="complete")


def test_nothing_but_blanks_is_not_sent(chat: Chat) -> None:
    chat.ask("  \n ")
    expect(chat.page.locator("article")).to_have_count(0)


def test_a_message_too_long_stays_in_the_box(chat: Chat) -> None:
    text = "ü" * (64 * 1024 + 1)
    chat.ask(text)
    expect(chat.toasts).to_contain_text("too long")
    expect(chat.box).to_have_value(text)
    expect(chat.page.locator("article")).to_have_count(0)


def test_a_double_press_sends_once(chat: Chat) -> None:
    chat.box.fill("say 30 words")
    chat.page.evaluate("""() => {
        const form = document.querySelector("chat-composer form");
        const { live } = form.parentElement.page;
        live.stop();
        live.start(); // not connected yet
        form.requestSubmit();
        form.requestSubmit();
    }""")
    chat.reply(state="complete")
    chat.page.reload()
    expect(chat.page.locator("article[data-role=user]")).to_have_count(1)


def test_stop_stands_in_the_place_of_send(chat: Chat) -> None:
    chat.ask("say 2000 words")
    expect(chat.content()).to_contain_text("river")
    place = chat.stop.bounding_box()
    chat.stop.click()
    chat.reply(state="stopped")
    assert chat.send.bounding_box() == place
    shown = chat.content().inner_text()
    expect(chat.send).to_be_visible()
    expect(chat.box).to_be_focused()
    expect(chat.reply().locator("[data-slot=seam]")).to_contain_text("Stopped")
    chat.page.reload()
    expect(chat.content()).to_have_text(shown, use_inner_text=True)


def test_stop_works_before_the_first_word(chat: Chat, upstream: Upstream) -> None:
    chat.ask("wait 60")
    expect(chat.reply().locator("[data-slot=waiting]")).to_be_visible()
    upstream.wait_until(lambda: any(call.prompt == "wait 60" for call in upstream.chats))
    call = next(call for call in upstream.chats if call.prompt == "wait 60")
    chat.page.keyboard.press("Escape")
    chat.reply(state="stopped")
    upstream.wait_until(lambda: call.fate == "closed")


def test_stop_pressed_before_the_server_has_the_message_holds(chat: Chat) -> None:
    chat.connected().box.fill("say 5000 words")
    chat.page.evaluate("""() => {
        document.querySelector("chat-composer form").requestSubmit();
        dispatchEvent(new KeyboardEvent("keydown", {key: "Escape"}));
    }""")
    chat.reply(state="stopped")


def test_a_stopped_reply_goes_on_where_it_stopped(chat: Chat) -> None:
    chat.ask("say 2000 words")
    expect(chat.content()).to_contain_text("bridge")
    chat.stop.click()
    text = chat.reply(state="stopped").locator("[data-slot=content]").inner_text()
    chat.reply().get_by_role("button", name="Continue").click()
    chat.reply(state="complete")
    expect(chat.content()).to_contain_text(text.strip())
    assert len(chat.content().inner_text()) > len(text)
    expect(chat.page.locator("article[data-role=assistant]")).to_have_count(1)


def test_thinking_is_folded_and_says_how_long_it_took(tab: Callable[..., Chat]) -> None:
    chat = tab().open(model=THINKER)
    expect(chat.page.get_by_role("combobox", name="Thinking")).to_be_visible()
    chat.ask("say 20 words")
    thinking = chat.reply().locator("details.thinking")
    expect(thinking).to_be_visible()
    chat.reply(state="complete")
    expect(thinking.locator("summary")).to_have_text(re.compile(r"Thought for [\d.]+ s"))
    assert not thinking.evaluate("element => element.open")
    thinking.locator("summary").click()
    expect(thinking).to_contain_text("I weigh two answers")


def test_waiting_names_the_phase_with_a_clock(chat: Chat, upstream: Upstream) -> None:
    upstream.plan(Plan("Here it is", hold=0))
    chat.ask("It takes its time")
    phase = chat.reply().locator("[data-slot=phase]")
    expect(phase).to_have_text(re.compile(r"(Loading the model|Reading the prompt|Queued) · 0:(0[1-9]|[1-5]\d)"))
    upstream.wait_until(lambda: any(call.prompt == "It takes its time" for call in upstream.chats))
    upstream.release()
    chat.reply(state="complete")
    expect(phase).to_be_hidden()


def test_one_quiet_line_tells_the_figures(chat: Chat) -> None:
    chat.exchange("say 40 words")
    expect(chat.reply().locator("[data-slot=metrics]")).to_have_text(
        re.compile(
            r"^llama3.2:latest\s· \d+\stokens\s· [\d.,]+\stokens/s\s· first\stoken\s[\d.]+\ss\s· total\s[\d.]+.s$"
        )
    )
    chat.act(chat.reply(), "Details")
    dialog = chat.page.get_by_role("dialog", name="About this reply")
    expect(dialog).to_contain_text("llama3.2")
    chat.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(chat.box).to_be_focused()


def test_a_reply_cut_at_the_length_limit_says_so(chat: Chat, upstream: Upstream) -> None:
    upstream.plan(Plan("This is as far as it", reason="length"))
    chat.exchange("A plan answers this")
    seam = chat.reply().locator("[data-slot=seam]")
    expect(seam).to_contain_text("Cut off at the length limit")
    expect(seam.get_by_role("button", name="Continue")).to_be_visible()


def test_an_answer_of_nothing_says_so_and_can_be_tried_again(chat: Chat, upstream: Upstream) -> None:
    upstream.plan(Plan([]))
    chat.exchange("A plan answers this")
    told = chat.page.get_by_text("The model answered with nothing.")
    expect(told).to_be_visible()
    told.get_by_role("button", name="Try again").click()
    expect(chat.content()).not_to_be_empty()
    expect(told).to_be_hidden()


def test_an_error_stands_in_the_thread_with_its_cause(chat: Chat) -> None:
    chat.model.select_option("ollama/broken:latest")
    chat.ask("Please break")
    reply = chat.page.locator("article[data-role=assistant]")
    expect(reply).to_have_attribute("data-state", re.compile("failed|interrupted"))
    expect(reply.locator("[data-slot=content]")).to_contain_text("Here is the beginning")
    expect(reply).to_contain_text(re.compile("reported an error|Interrupted"))
    for way_on in ("Try again", "Continue"):
        expect(reply.get_by_role("button", name=way_on)).to_be_visible()


def test_a_starter_asks(tab: Callable[..., Chat]) -> None:
    chat = tab().open(model=MODEL)
    starter = chat.page.locator("[data-action=starter]").first
    text = starter.inner_text()
    starter.click()
    expect(chat.said()).to_contain_text(text)
    expect(chat.page.locator("[data-slot=empty]")).to_be_hidden()
    chat.reply(state="complete")


@pytest.fixture
def phone(ada: Callable[..., BrowserContext]) -> Page:
    page = ada(has_touch=True, is_mobile=True).new_page()
    page.set_viewport_size({"width": 320, "height": 640})
    return page


def test_on_touch_enter_breaks_and_nothing_overflows(phone: Page, chat: Chat) -> None:
    narrow = Chat(phone, chat.address).open(model=MODEL)
    narrow.box.tap()
    narrow.box.type("one")
    narrow.box.press("Enter")
    narrow.box.type("two")
    expect(narrow.box).to_have_value("one\ntwo")
    narrow.send.tap()
    narrow.reply(state="complete")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_second_message_waits_for_the_end_of_the_reply(chat: Chat) -> None:
    chat.ask("say 3000 words")
    expect(chat.content()).to_contain_text("river")
    chat.ask("and another thing")
    expect(chat.toasts).to_contain_text("still being written")
    expect(chat.box).to_have_value("and another thing")
    chat.stop.click()
    chat.reply(state="stopped")
    chat.box.press("Enter")
    expect(chat.said()).to_contain_text("and another thing")
    chat.reply(1, state="complete")
