"""An administrator sets up a server: tries it before saving, chooses its models, and a page that is open has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.chat.conftest import sign_up
from tests.browser.late import Held
from tests.sites import Site
from tests.upstream import Upstream
from tests.upstream.models import Model


@pytest.fixture
def pair() -> Iterator[tuple[Upstream, Upstream]]:
    with Upstream(rate=200) as first, Upstream(rate=200) as second:
        yield first, second


@pytest.fixture
def served(tmp_path: Path, pair: tuple[Upstream, Upstream]) -> Iterator[Site]:
    with Site(tmp_path / "var", OLLAMA_HOST=pair[0].address) as site:
        yield site


def set_up(admin: Page, address: str, server: Upstream) -> None:
    """Try the form with a dead address, then with a living one; choose one of its models, and save."""
    admin.goto(f"{address}/admin/conversations/backend/add/")
    admin.get_by_label("Title").fill("Hosted")
    admin.get_by_label("Kind").select_option("openai")
    admin.get_by_label("Address").fill("127.0.0.1:9")
    expect(admin.get_by_label("Name:", exact=True)).to_have_value("hosted")
    answer = Held(admin, "**/test/", "POST")
    admin.get_by_role("button", name="Test").click()
    admin.get_by_label("Address").focus()
    answer.come()
    found = admin.get_by_role("status")
    expect(found).to_contain_text("The model server does not answer.")
    expect(found).to_contain_text("Check the address and the port")
    expect(admin.get_by_label("Address")).to_be_focused()

    admin.get_by_label("Address").fill(server.address)
    admin.get_by_label("Key:", exact=True).fill("sk-0123456789-last")
    admin.get_by_label("Offer all models").uncheck()
    admin.get_by_role("button", name="Test").press("Enter")
    expect(found).to_contain_text(f"{server.address}/v1 answers")
    admin.get_by_label("tiny:latest").check()
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.locator("tr", has_text="Hosted")).to_be_visible()


def go_on_elsewhere(chat: Page) -> None:
    """Ask in a chat whose server is gone, and have another model answer."""
    banner = chat.locator("chat-banner")
    expect(banner).to_contain_text("is gone: an administrator removed it or switched it off. Choose another model.")
    chat.get_by_role("textbox", name="Message", exact=True).fill("say 4 words")
    chat.get_by_role("button", name="Send").click()
    failed = chat.locator("article[data-role=assistant][data-state=failed]")
    expect(failed).to_contain_text("is gone: an administrator removed it or switched it off.")
    failed.get_by_role("button", name="Choose another model").click()
    expect(chat.get_by_role("menuitem", name="tiny:latest")).to_have_count(1)
    chat.get_by_role("menuitem", name="tiny:latest").click()
    expect(chat.locator("article[data-role=assistant][data-state=complete]")).to_have_count(2)
    expect(banner).to_be_hidden()


def test_a_server_is_tried_saved_used_and_taken_away(
    new_context: Callable[..., BrowserContext], served: Site, pair: tuple[Upstream, Upstream]
) -> None:
    context = new_context()
    sign_up(context, served.address, "ada")
    chat, admin = context.new_page(), context.new_page()
    chat.goto(served.address)
    models = chat.get_by_role("combobox", name="Model")
    expect(models.locator("optgroup")).to_have_count(2)

    set_up(admin, served.address, pair[1])

    option = models.locator('option[value="hosted/tiny:latest"]')
    expect(option).to_have_count(1)
    expect(models.locator("optgroup[data-backend=hosted] option")).to_have_count(1)
    models.select_option("hosted/tiny:latest")
    chat.get_by_role("textbox", name="Message", exact=True).fill("say 3 words")
    chat.get_by_role("button", name="Send").click()
    expect(chat.locator("article[data-role=assistant][data-state=complete]")).to_contain_text("the river runs")
    assert {call.headers.get("authorization") for call in pair[1].chats} == {"Bearer sk-0123456789-last"}

    admin.locator("#result_list").get_by_role("link", name="Hosted").click()
    expect(admin.locator("#id_new_key")).to_have_value("")
    expect(admin.locator(".field-new_key")).to_contain_text("it ends with “last”")
    admin.get_by_label("In use").uncheck()
    admin.get_by_role("button", name="Save", exact=True).click()
    go_on_elsewhere(chat)
    assert [call.prompt for call in pair[0].chats][:1] == ["say 4 words"]
    models.select_option("eliza/eliza")
    chat.reload()
    expect(models.locator("optgroup[data-backend=ollama]")).to_have_count(1)


def test_a_model_that_two_servers_share_is_listed_once_and_survives_one_of_them(
    new_context: Callable[..., BrowserContext], served: Site, pair: tuple[Upstream, Upstream]
) -> None:
    pair[1].models.append(Model("other:latest"))
    context = new_context()
    sign_up(context, served.address, "ada")
    chat, admin = context.new_page(), context.new_page()
    chat.goto(served.address)
    admin.goto(f"{served.address}/admin/conversations/backend/add/")
    admin.get_by_label("Title").fill("Second")
    admin.get_by_label("Address").fill(pair[1].address)
    admin.get_by_role("button", name="Save", exact=True).click()
    state = admin.locator("tr", has_text="Second").locator(".stands")
    expect(state).to_be_visible()

    models = chat.get_by_role("combobox", name="Model")
    expect(chat.locator('option[value="second/other:latest"]')).to_have_count(1)  # the site knows what both have
    models.select_option("ollama/tiny:latest")
    expect(chat.locator('option[value$="tiny:latest"]')).to_have_count(1)
    pair[0].stop()
    for _ in range(2):
        chat.get_by_role("textbox", name="Message", exact=True).fill("say 3 words")
        chat.get_by_role("button", name="Send").click()
        expect(chat.get_by_role("button", name="Stop")).to_have_count(0)
    replies = chat.locator("article[data-role=assistant][data-state=complete]")
    expect(replies).to_have_count(2)
    for reply in replies.all():
        expect(reply.locator("[data-slot=metrics]")).to_have_attribute("title", "Written by second")
    expect(chat.locator("chat-banner")).to_be_hidden()
    assert len(pair[1].chats) >= 2
