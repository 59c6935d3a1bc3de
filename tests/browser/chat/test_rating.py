"""The thumbs under a reply."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.chat.conftest import Chat
from tests.browser.late import Late


def test_a_thumb_is_kept_explained_and_taken_back(chat: Chat) -> None:
    chat.exchange("say 5 words")
    up = chat.reply().get_by_role("button", name="Good reply")
    down = chat.reply().get_by_role("button", name="Bad reply")
    chat.reply().hover()
    down.click()
    expect(down).to_have_attribute("aria-pressed", "true")
    form = chat.reply().locator("form.rating")
    form.get_by_text("Did not do what was asked").click()
    form.get_by_label("Comment").fill("It was a list that I wanted.")
    form.get_by_role("button", name="Send").click()
    expect(form).to_have_count(0)
    expect(down).to_be_focused()

    chat.page.reload()
    expect(down).to_have_attribute("aria-pressed", "true")
    up.click()
    expect(down).to_have_attribute("aria-pressed", "false")
    expect(form).to_be_visible()
    form.get_by_label("Comment").press("Escape")
    expect(form).to_have_count(0)
    with chat.page.expect_response("**/rating/"):
        up.click()

    older = Late(chat.page, "**/rating/?thumb=*")
    up.click()
    older.fetch()
    down.click()
    expect(form).to_contain_text("Did not do what was asked")
    older.come()
    assert form.count() == 1
    chat.page.reload()
    expect(up).to_have_attribute("aria-pressed", "false")
    expect(down).to_have_attribute("aria-pressed", "true")
