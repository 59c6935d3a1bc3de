"""Branches: editing, answering again, turning to another version, deleting with undo, copying."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.chat.conftest import MODEL, Chat
from tests.upstream.plans import Plan
from tests.upstream.server import Upstream


def place_of(message: Locator) -> Locator:
    return message.locator("[data-slot=siblings]")


def test_an_edited_message_is_a_branch_beside_the_old_one(chat: Chat) -> None:
    chat.exchange("say 5 words")
    chat.act(chat.said(), "Edit")
    editor = chat.page.get_by_role("textbox", name="Edit the message")
    expect(editor).to_be_focused()
    expect(editor).to_have_value("say 5 words")
    editor.fill("say 7 words")
    editor.press("Enter")
    expect(chat.said()).to_contain_text("say 7 words")
    expect(place_of(chat.said())).to_have_text("2/2")
    chat.reply(state="complete")
    expect(chat.page.locator("article")).to_have_count(2)

    chat.act(chat.said(), "Previous version")
    expect(chat.said()).to_contain_text("say 5 words")
    expect(place_of(chat.said())).to_have_text("1/2")
    chat.page.reload()
    expect(chat.said()).to_contain_text("say 5 words")
    chat.act(chat.said(), "Next version")
    expect(chat.said()).to_contain_text("say 7 words")


def test_up_in_the_empty_box_edits_the_last_message_and_escape_leaves(chat: Chat) -> None:
    chat.exchange("say 3 words")
    chat.box.press("ArrowUp")
    editor = chat.page.get_by_role("textbox", name="Edit the message")
    expect(editor).to_be_focused()
    editor.press("Escape")
    expect(editor).to_have_count(0)
    expect(chat.box).to_be_focused()
    expect(chat.said()).to_contain_text("say 3 words")


def test_answering_again_makes_a_second_version_of_the_reply(chat: Chat) -> None:
    chat.exchange("say 5 words")
    chat.act(chat.reply(), "Answer again")
    expect(place_of(chat.reply())).to_have_text("2/2")
    chat.reply(state="complete")
    chat.act(chat.reply(), "Answer again with another model")
    chat.page.get_by_role("menuitem", name="tiny:latest").click()
    expect(place_of(chat.reply())).to_have_text("3/3")
    chat.reply(state="complete")
    expect(chat.reply().locator("[data-slot=metrics]")).to_contain_text("tiny:latest")
    expect(chat.model).to_have_value("ollama/tiny:latest")
    chat.act(chat.reply(), "Previous version")
    expect(place_of(chat.reply())).to_have_text("2/3")
    expect(chat.page.locator("article")).to_have_count(2)


def test_editing_while_a_reply_is_written_stops_it_and_keeps_it(chat: Chat, upstream: Upstream) -> None:
    upstream.plan(Plan("Down by the river it goes on and on", hold=6))
    chat.ask("A plan answers this")
    expect(chat.content()).to_contain_text("river")
    chat.act(chat.said(), "Edit")
    editor = chat.page.get_by_role("textbox", name="Edit the message")
    editor.fill("say 4 words")
    editor.press("Control+Enter")
    expect(chat.said()).to_contain_text("say 4 words")
    chat.reply(state="complete")
    chat.act(chat.said(), "Previous version")
    chat.reply(state="stopped")
    expect(chat.content()).to_contain_text("river")


def test_a_deleted_message_takes_what_follows_and_comes_back(chat: Chat) -> None:
    chat.exchange("say 3 words").exchange("say 4 words")
    chat.act(chat.said(1), "Delete")
    expect(chat.page.locator("article")).to_have_count(2)
    chat.toasts.get_by_role("button", name="Undo").click()
    expect(chat.page.locator("article")).to_have_count(4)
    expect(chat.said()).to_contain_text("say 4 words")


def test_copy_gives_the_markdown(ada: Callable[..., BrowserContext], chat: Chat) -> None:
    context = ada(permissions=["clipboard-read", "clipboard-write"])
    tab = Chat(context.new_page(), chat.address).open(model=MODEL)
    tab.exchange("Something with everything in it")
    tab.act(tab.reply(), "Copy")
    expect(tab.page.locator("[data-slot=announcer]")).to_contain_text("Copied")
    text = tab.page.evaluate("navigator.clipboard.readText()")
    assert re.search(r"^#+ Bread without kneading", text, re.MULTILINE)
    assert "```python" in text
    tab.page.keyboard.press("Control+Shift+Semicolon")
    expect(tab.toasts).to_contain_text("Code copied")
    assert "def scaled" in tab.page.evaluate("navigator.clipboard.readText()")


def test_the_draft_of_an_edit_survives_a_reload(chat: Chat) -> None:
    chat.exchange("say 3 words")
    chat.act(chat.said(), "Edit")
    editor = chat.page.get_by_role("textbox", name="Edit the message")
    editor.fill("half a thought")
    chat.page.reload()
    chat.act(chat.said(), "Edit")
    expect(editor).to_have_value("half a thought")
