"""The context fills: a ring beside Send, a line before old turns fall out, and where they did."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.chat.conftest import Chat
from tests.browser.chat.insight.test_replies import check_with_axe


def set_context(chat: Chat, tokens: int) -> None:
    chat.page.get_by_role("button", name="Conversation settings").click()
    form = chat.page.locator("#settings form.settings")
    expect(form).to_be_visible()
    chat.page.evaluate("document.querySelectorAll('#settings details').forEach(each => { each.open = true; })")
    form.locator("[name=num_ctx]").fill(str(tokens))
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()


def test_the_gauge_comes_when_it_matters_and_nothing_moves(chat: Chat) -> None:
    gauge = chat.page.locator(".gauge")
    chat.exchange("say 4 words")
    expect(gauge).to_be_attached()
    expect(gauge).to_be_hidden()
    set_context(chat, 600)
    chat.exchange("say 160 words")
    places = (chat.box.bounding_box(), chat.send.bounding_box(), chat.model.bounding_box())
    chat.exchange("say 170 words")
    expect(gauge).to_have_accessible_name(re.compile(r"^About 4\d0 of 600 tokens$"))
    assert (chat.box.bounding_box(), chat.send.bounding_box(), chat.model.bounding_box()) == places
    gauge.hover()
    expect(gauge.locator(".gauge-words")).to_have_css("opacity", "1")
    line = chat.page.locator(".gauge-line")
    expect(line).to_be_empty()
    chat.box.fill("word " * 200)
    expect(line).to_have_text(re.compile(r"^\d old messages? falls? out of what the model reads\.$"))
    place = chat.box.bounding_box()
    line.evaluate("line => { line.hidden = true; line.replaceChildren(); }")
    assert chat.box.bounding_box() == place


def test_turns_that_fell_out_are_dimmed_and_named(chat: Chat) -> None:
    chat.exchange("say 4 words")
    set_context(chat, 300)
    for words in (130, 140, 150):
        chat.exchange(f"say {words} words")
    seam = chat.page.locator(".unread-seam")
    expect(seam).to_contain_text("Not seen by the model any more")
    expect(chat.said(0)).to_have_attribute("data-unread", "")
    expect(chat.said(0).get_by_role("heading")).to_have_text("You said (not seen by the model any more)")
    expect(chat.reply()).not_to_have_attribute("data-unread", "")
    chat.page.reload()
    chat.box.press("a")
    expect(seam).to_be_attached()
    chat.box.fill("")
    check_with_axe(chat.page)
