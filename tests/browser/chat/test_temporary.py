"""A chat that goes with its last tab, and one that is kept after all."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.chat.conftest import MODEL, Chat


def test_a_temporary_chat_is_in_no_list_outlives_a_reload_and_can_be_kept(tab: Callable[..., Chat]) -> None:
    chat = tab().open(model=MODEL)
    chat.box.fill("say 4 words")
    chat.page.get_by_role("button", name="Temporary chat").click()
    expect(chat.page.get_by_role("button", name="Temporary chat", pressed=True)).to_be_visible()
    expect(chat.box).to_have_value("say 4 words")
    chat.exchange("say 4 words")
    path = chat.settled()
    other = tab().open(path).connected()
    expect(other.reply(state="complete")).to_be_visible()
    for each in (chat, other):
        expect(each.sidebar.locator(f"a[href='{path}']")).to_have_count(0)
        expect(each.page.locator("header [data-slot=privacy]")).to_contain_text("Only you")

    chat.page.reload()
    chat.reply(state="complete")
    chat.box.fill("typed and not sent")
    chat.page.get_by_role("button", name="Keep this chat").click()
    for each in (chat, other):
        expect(each.sidebar.locator(f"a[href='{path}']")).to_be_visible()
        expect(each.page.get_by_role("button", name="Keep this chat")).to_have_count(0)
    expect(chat.box).to_have_value("typed and not sent")
