"""What comes late: an answer that something newer has overtaken is not shown, a script makes up for what it missed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.browser.chat.conftest import ELIZA, Chat
from tests.browser.chat.insight.test_replies import choose_form
from tests.browser.chat.test_sidebar import choose, entry
from tests.browser.chat.test_tabs import away, back
from tests.browser.late import Late


def test_a_path_that_was_asked_for_before_ones_own_choice_does_not_replace_it(
    chat: Chat, tab: Callable[..., Chat]
) -> None:
    chat.exchange("say 3 words")
    other = tab().open(chat.settled()).connected()
    older = Late(other.page, "**/path/")
    chat.act(chat.reply(), "Delete")
    older.fetch()  # with the question
    other.act(other.said(), "Delete")
    expect(other.page.locator("article")).to_have_count(0)
    older.come()
    expect(other.page.locator("article")).to_have_count(0)
    expect(chat.page.locator("article")).to_have_count(0)


def test_a_list_that_is_older_than_what_was_told_keeps_that(chat: Chat, tab: Callable[..., Chat]) -> None:
    chat.exchange("say 3 words")
    path = chat.settled()
    expect(entry(chat, path)).to_contain_text("A walk along the river")
    other = tab().open(path).connected()
    older = Late(other.page, "**/sidebar/")
    away(other)
    back(other)
    older.fetch()
    choose(chat, path, "Rename")
    title = chat.page.get_by_role("textbox", name="Title")
    title.fill("Something newer")
    title.press("Enter")
    expect(entry(other, path)).to_contain_text("Something newer")
    older.come()
    expect(entry(other, path)).to_contain_text("Something newer")
    expect(other.page.get_by_role("heading", level=1)).to_have_text("Something newer")


def test_a_list_that_comes_while_a_menu_is_open_leaves_its_entry_to_it(chat: Chat, tab: Callable[..., Chat]) -> None:
    chat.exchange("say 3 words")
    path = chat.settled()
    other = tab().open(path).connected()
    older = Late(other.page, "**/sidebar/")
    away(other)
    back(other)
    older.fetch()
    entry(other, path).hover()
    entry(other, path).get_by_role("button", name=re.compile("^More")).click()
    item = other.page.get_by_role("menuitem", name="Rename")
    expect(item).to_be_focused()
    older.come()
    item.click()
    expect(other.page.get_by_role("textbox", name="Title")).to_be_focused()


def test_a_list_in_which_somebody_is_comes_anew_when_they_leave(chat: Chat, tab: Callable[..., Chat]) -> None:
    chat.exchange("say 3 words")
    path = chat.settled()
    expect(entry(chat, path)).to_contain_text("A walk along the river")
    other = tab().open(path).connected()
    link = entry(other, path).get_by_role("link")
    link.focus()
    away(other)
    choose(chat, path, "Rename")
    title = chat.page.get_by_role("textbox", name="Title")
    title.fill("Something newer")
    with chat.page.expect_response("**/rename/"):
        title.press("Enter")
    with other.page.expect_response("**/sidebar/"):
        back(other)
    expect(link).to_be_focused()
    other.box.focus()
    expect(entry(other, path)).to_contain_text("Something newer")


def test_the_end_of_a_reply_that_only_the_renewed_list_shows_is_told(chat: Chat, tab: Callable[..., Chat]) -> None:
    chat.ask("say 20000 words")
    expect(chat.content()).to_contain_text("river")
    path = chat.settled()
    other = tab().open().connected()
    generating = entry(other, path).get_by_role("img", name="Generating")
    expect(generating).to_be_visible()
    away(other)
    chat.stop.click()
    chat.reply(state="stopped")
    expect(generating).to_be_visible()
    back(other)
    expect(generating).to_be_hidden()
    told = other.toasts.get_by_text("Reply finished: ")
    expect(told).to_have_count(1)
    other.toasts.get_by_role("button", name="Open").click()
    expect(other.content()).to_contain_text("river")
    assert other.path == path


def test_a_title_that_is_being_written_stays_open_while_the_entry_changes(chat: Chat, tab: Callable[..., Chat]) -> None:
    chat.exchange("say 3 words")
    path = chat.settled()
    expect(entry(chat, path)).to_contain_text("A walk along the river")
    other = tab().open(path).connected()
    choose(other, path, "Rename")
    title = other.page.get_by_role("textbox", name="Title")
    title.fill("Half a th")
    chat.exchange("say 4 words")
    other.reply(1, state="complete")
    expect(entry(other, path).get_by_role("img", name="Generating")).to_be_hidden()
    expect(title).to_be_focused()
    title.press("Escape")
    expect(entry(other, path)).to_contain_text("A walk along the river")


def test_a_dialog_shows_what_it_was_opened_for_last(chat: Chat) -> None:
    chat.exchange("say 3 words")
    chat.model.select_option(ELIZA)
    chat.exchange("I feel tired")
    older = Late(chat.page, "**/m/*/details/")
    chat.act(chat.reply(1), "Details")
    older.fetch()
    dialog = chat.page.get_by_role("dialog", name="About this reply")
    chat.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    chat.act(chat.reply(0), "Details")
    expect(dialog).to_contain_text("llama3.2")
    older.come()
    expect(dialog).to_contain_text("llama3.2")


@pytest.mark.parametrize("script", ["insight/insight", "replies/replies"])
def test_an_answer_that_ended_before_a_script_came_is_shown_in_its_form(
    chat: Chat, tab: Callable[..., Chat], script: str
) -> None:
    held: list[Route] = []
    chat.page.route(f"**/js/{script}*.js", lambda route: held.append(route))  # not held.append: no builtin
    chat.open()
    choose_form(chat, "JSON")
    chat.page.locator("#settings").get_by_role("button", name="Cancel").click()
    chat.ask("Who was it?")
    tab().open(chat.settled()).reply(state="complete")
    chat.page.evaluate("new Promise((done) => setTimeout(done, 500))")
    assert held
    for route in held:
        route.continue_()
    expect(chat.reply(state="complete").get_by_role("region", name="Answer")).to_be_visible()
