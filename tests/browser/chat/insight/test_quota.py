"""A day's messages run out: the page says so, and what is typed then stays in the box."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests.browser.chat.conftest import ELIZA, Chat, sign_up
from tests.sites import Site


def test_what_is_typed_when_the_day_is_used_up_stays_in_the_box(
    ada: Callable[..., BrowserContext], new_context: Callable[..., BrowserContext], chat_site: Site
) -> None:
    context, address = new_context(), chat_site.address
    sign_up(context, address, "quentin")
    chat = Chat(context.new_page(), address).open("/", ELIZA)
    administrator, form = ada(), f"{address}/admin/conversations/quota/add/"
    page = administrator.new_page()
    page.goto(form)
    values = {
        "csrfmiddlewaretoken": page.locator("[name=csrfmiddlewaretoken]").first.input_value(),
        "user": chat.page.locator("body").get_attribute("data-user") or "",
        "messages_hard": "2",
    }
    assert "quentin" in administrator.request.post(form, form=dict(values), headers={"Referer": form}).text()

    chat.exchange("Hello.").exchange("I am here again.")
    expect(chat.page.locator(".quota-line")).to_contain_text("Your 2 messages of today are used up.")
    chat.ask("And once more.")
    expect(chat.toasts).to_contain_text("Your text is kept.")
    expect(chat.box).to_have_value("And once more.")
    assert chat.page.locator("article[data-role=user]").count() == 2
