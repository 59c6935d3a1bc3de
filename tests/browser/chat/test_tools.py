"""Tools in the thread: switched on by name, drawn as quiet lines, asked for where the administrator wants it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Literal

import pytest
from playwright.sync_api import BrowserContext, Locator, Route, expect

from tests.browser.chat.conftest import MODEL, Chat
from tests.browser.test_look import AXE, run_axe
from tests.sites import ROOT, Site

SUM = 'call calculator {"expression": "6 * 7"}'


@pytest.fixture
def weather(browser_of_ada: BrowserContext, chat_site: Site) -> None:
    """An MCP server that asks once per conversation, set up on the admin's page. Ada was the first to sign up."""
    page = browser_of_ada.new_page()
    page.goto(f"{chat_site.address}/admin/conversations/toolserver/")
    if page.get_by_role("link", name="Weather").count() == 0:
        page.goto(f"{chat_site.address}/admin/conversations/toolserver/add/")
        page.get_by_label("Name:", exact=True).fill("Weather")
        page.get_by_label("Short name:").fill("weather")
        page.get_by_label("Approval:").select_option("conversation")
        page.get_by_label("Command:").fill(sys.executable)
        page.get_by_label("Arguments:").fill("-m\ntests.mcp_server")
        page.get_by_label("Secrets:").fill(f"PYTHONPATH={ROOT}")
        page.get_by_role("button", name="Save and test").click()
        expect(page.get_by_text("9 tools found: forecast, key,")).to_be_visible()
    page.close()


def switch_on(chat: Chat, *names: str) -> None:
    """Choose tools by their names in the menu, and these alone."""
    chat.page.get_by_role("button", name="Tools").click()
    menu = chat.page.get_by_role("dialog", name="Tools")
    expect(menu.get_by_role("checkbox").first).to_be_focused()
    for box in menu.get_by_role("checkbox", checked=True).all():
        box.uncheck()
    for name in names:
        menu.get_by_role("checkbox", name=re.compile(name)).check()
    chat.page.keyboard.press("Escape")
    expect(menu).to_be_hidden()


def call(chat: Chat, place: int = -1, state: str = "") -> Locator:
    """A call, by its place on the path; with `state`, once it is in that state."""
    found = chat.page.locator("article[data-role=tool]")
    found = found.last if place == -1 else found.nth(place)
    if state:
        expect(found).to_have_attribute("data-state", state)
    return found


def button(chat: Chat, name: str) -> Locator:
    return call(chat).get_by_role("group", name="Approval").get_by_role("button", name=name, exact=True)


def test_a_call_is_a_line_with_its_arguments_and_result_below(chat: Chat) -> None:
    switch_on(chat, "Calculator")
    chat.ask(SUM)
    line = call(chat, state="complete").locator("summary")
    expect(line).to_contain_text("Calculator")
    expect(line.locator("[data-slot=gist]")).to_have_text("6 * 7")
    expect(line.locator("[data-slot=how]")).to_have_text(re.compile(r"^[\d.]+ s$"))
    chat.reply(state="complete")
    expect(chat.content()).to_have_text("calculator answered: 42")
    expect(call(chat).locator("[data-slot=content]")).to_be_hidden()
    line.focus()
    line.press("Enter")
    expect(call(chat).locator("[data-slot=content]")).to_have_text("42")
    expect(call(chat).locator("[data-slot=arguments]")).to_contain_text('"expression": "6 * 7"')
    assert chat.page.locator("footer.meta [data-action=copy]:visible").count() <= 2, "one for each of the two people"

    chat.page.reload()
    expect(call(chat).locator("summary")).to_contain_text("Calculator")
    expect(call(chat).locator("[data-slot=how]")).to_have_text(re.compile(r"^[\d.]+ s$"))
    expect(chat.content()).to_have_text("calculator answered: 42")


def test_tools_are_chosen_for_models_that_can_and_remembered(chat: Chat, tab: Callable[..., Chat]) -> None:
    switch_on(chat, "Calculator", "Date and time")
    chat.model.select_option("ollama/tiny:latest")
    expect(chat.page.get_by_role("button", name="Tools")).to_be_hidden()
    chat.model.select_option(MODEL)
    another = tab().open(model=MODEL)
    another.page.get_by_role("button", name="Tools").click()
    menu = another.page.get_by_role("dialog", name="Tools")
    expect(menu.get_by_role("checkbox", checked=True)).to_have_count(2)


def test_choices_of_a_chat_are_stored_one_after_the_other(chat: Chat) -> None:
    chat.exchange("say 3 words")
    sent: list[Route] = []
    stores = re.compile("/c/.+/tools/$")
    chat.page.route(stores, lambda route: sent.append(route) if route.request.method == "POST" else route.continue_())
    switch_on(chat, "Calculator", "Date and time")
    for number in range(2):
        while len(sent) == number:
            chat.page.evaluate("new Promise((done) => setTimeout(done, 20))")
        assert len(sent) == number + 1, "both on their way at once"
        with chat.page.expect_response(stores):
            sent[number].continue_()
    chat.page.reload()
    chat.page.get_by_role("button", name="Tools").click()
    expect(chat.page.get_by_role("dialog", name="Tools").get_by_role("checkbox", checked=True)).to_have_count(2)


def test_a_result_is_text_whatever_it_says(chat: Chat, weather: None) -> None:
    switch_on(chat, "Weather")
    chat.ask('call weather_forecast {"city": "<img src=x onerror=alert(1)>**bold**"}')
    button(chat, "Allow").click()
    chat.reply(state="complete")
    call(chat, state="complete").locator("summary").click()
    result = call(chat).locator("[data-slot=content]")
    expect(result).to_have_text("<img src=x onerror=alert(1)>**bold**: sunny for 1 days")
    assert result.locator("*").count() == 0


def test_a_call_waits_for_approval_in_every_tab_and_after_a_reload(
    chat: Chat, tab: Callable[..., Chat], weather: None
) -> None:
    switch_on(chat, "Weather")
    chat.ask('call weather_forecast {"city": "Bonn"}')
    expect(button(chat, "Refuse")).to_be_visible()
    expect(call(chat).locator("[data-slot=arguments]")).to_contain_text("Bonn")
    expect(chat.stop).to_be_visible()
    second = tab().open(chat.settled())
    expect(button(second, "Allow in this conversation")).to_be_visible()
    chat.page.reload()
    button(chat, "Allow in this conversation").click()
    for each in (chat, second):
        call(each, state="complete")
        expect(button(each, "Allow")).to_be_hidden()
        expect(each.content()).to_have_text("weather_forecast answered: Bonn: sunny for 1 days")
    chat.reply(state="complete")
    chat.exchange('call weather_forecast {"city": "Ulm"}')
    expect(call(chat, state="complete").locator("[data-slot=gist]")).to_have_text("Ulm")


def test_a_refusal_and_a_stop_end_calls_and_the_talk_goes_on(chat: Chat, weather: None) -> None:
    switch_on(chat, "Weather")
    chat.ask('call weather_forecast {"city": "Bonn"}')
    button(chat, "Refuse").click()
    expect(call(chat, state="failed").locator("[data-slot=how]")).to_have_text("Refused.")
    expect(chat.content()).to_contain_text("The person refused this call.")
    chat.reply(state="complete")

    chat.ask("call weather_hang")
    button(chat, "Allow").click()
    expect(call(chat, state="streaming").locator("[data-slot=how]")).to_contain_text("Running")
    chat.stop.click()
    expect(call(chat, state="stopped").locator("[data-slot=how]")).to_have_text("Stopped")
    expect(chat.send).to_be_visible()
    call(chat).get_by_role("button", name="Continue").click()
    chat.reply(state="complete")
    expect(chat.content()).to_contain_text("weather_hang answered: [No result")
    expect(call(chat).get_by_role("button", name="Continue")).to_be_hidden()


def test_another_version_of_a_turn_is_reached_from_its_first_reply(chat: Chat) -> None:
    switch_on(chat, "Calculator")
    chat.ask(SUM)
    expect(chat.page.locator("article")).to_have_count(4)
    chat.reply(state="complete")
    chat.act(chat.reply(), "Answer again")
    expect(chat.reply(0).locator("[data-slot=siblings]")).to_have_text("2/2")
    expect(chat.page.locator("article")).to_have_count(4)
    chat.reply(state="complete")
    chat.reply(0).get_by_role("button", name="Previous version").click()
    expect(chat.reply(0).locator("[data-slot=siblings]")).to_have_text("1/2")
    expect(chat.page.locator("article")).to_have_count(4)


@pytest.mark.axe
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_tools(chat: Chat, weather: None, scheme: Literal["light", "dark"]) -> None:
    chat.page.emulate_media(color_scheme=scheme)
    chat.page.evaluate(AXE.read_text("utf-8"))
    chat.page.get_by_role("button", name="Tools").click()
    expect(chat.page.get_by_role("dialog", name="Tools").get_by_role("checkbox").first).to_be_focused()
    wrong = found(chat)
    chat.page.keyboard.press("Escape")
    switch_on(chat, "Calculator", "Weather")
    chat.ask(f'{SUM} call calculator {{"expression": "1/0"}} call weather_forecast {{"city": "Bonn"}}')
    expect(button(chat, "Allow")).to_be_visible()
    call(chat, 0).locator("summary").click()
    wrong += found(chat)
    button(chat, "Refuse").click()
    chat.reply(state="complete")
    assert wrong + found(chat) == []


def found(chat: Chat) -> list[str]:
    return [
        *run_axe(chat.page, "{rules: {'heading-order': {enabled: false}}}"),
        *run_axe(chat.page, "{runOnly: ['color-contrast']}"),
    ]
