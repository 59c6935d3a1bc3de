"""A person looks into a reply: its figures, what the model saw, once more exactly, answers in a form."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.chat.conftest import MODEL, Chat
from tests.browser.test_look import AXE, run_axe


def about(chat: Chat, place: int = -1) -> Locator:
    """The dialog about a reply."""
    chat.act(chat.reply(place), "Details")
    dialog = chat.page.get_by_role("dialog", name="About this reply")
    expect(dialog.locator(".facts")).to_be_visible()
    return dialog


def choose_form(chat: Chat, kind: str, schema: str = "", *, corrects: bool = False) -> Locator:
    """Set the form of the answers, as far as Save."""
    chat.page.get_by_role("button", name="Conversation settings").click()
    chat.page.locator("[data-action=answer-format]").click()
    dialog = chat.page.get_by_role("dialog", name="Form of the answers")
    dialog.get_by_role("radio", name=kind, exact=True).check()
    if schema:
        dialog.get_by_label("Schema", exact=True).fill(schema)
    if corrects:
        dialog.get_by_label("Ask once more").check()
    dialog.get_by_role("button", name="Save").click()
    return dialog


def check_with_axe(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.evaluate(AXE.read_text("utf-8"))
    wrong = run_axe(page, "{rules: {'heading-order': {enabled: false}}}")
    page.emulate_media(color_scheme="dark")
    wrong += run_axe(page, "{runOnly: ['color-contrast']}")
    assert not wrong, "\n".join(wrong)


def fits_a_narrow_screen(page: Page) -> bool:
    page.set_viewport_size({"width": 320, "height": 640})
    return bool(page.evaluate("[...document.querySelectorAll('dialog[open] .body')].every(b => b.scrollWidth <= 320)"))


def test_what_the_model_saw_is_listed_as_it_was_sent(chat: Chat) -> None:
    chat.exchange("say 3 words").exchange("say 4 words")
    dialog = about(chat)
    expect(dialog.locator(".timing")).to_contain_text("Writing")
    dialog.get_by_role("button", name="What the model saw").click()
    expect(dialog.locator(".turns-sent > li")).to_have_count(3)
    expect(dialog).to_contain_text("character for character")
    expect(dialog.locator(".turns-sent > li").nth(1)).to_contain_text("the river runs")
    check_with_axe(chat.page)
    assert fits_a_narrow_screen(chat.page)


def test_run_again_exactly_makes_another_version_and_compares(chat: Chat) -> None:
    chat.exchange("surprise me")
    text = chat.content().inner_text()
    about(chat).get_by_role("button", name="Run again exactly").click()
    expect(chat.reply().locator("[data-slot=siblings]")).to_have_text("2/2")
    chat.reply(state="complete")
    expect(chat.reply().locator("[data-slot=metrics]")).to_contain_text("run again exactly: same text")
    expect(chat.content()).to_have_text(text)
    expect(about(chat)).to_contain_text("This reply repeats another one exactly: same text.")
    check_with_axe(chat.page)


def test_an_answer_after_a_schema_is_shown_as_a_form(chat: Chat) -> None:
    schema = (
        '{"type": "object", "properties": {"name": {"type": "string", "title": "Full name"}}, "required": ["name"]}'
    )
    expect(choose_form(chat, "JSON after a schema", schema)).to_be_hidden()
    expect(chat.page.locator("[data-action=answer-format]")).to_have_text("JSON after a schema")
    chat.page.locator("#settings").get_by_role("button", name="Cancel").click()
    chat.ask("Who was it?")
    chat.reply(state="complete")
    form = chat.reply().get_by_role("region", name="Answer")
    expect(form).to_contain_text("Full name")
    expect(form).to_contain_text("Fits the schema")
    expect(chat.content()).to_be_hidden()
    form.get_by_text("Raw", exact=True).click()
    expect(form.locator("pre")).to_contain_text('"name":')
    chat.page.reload()
    expect(form).to_contain_text("Full name")
    check_with_axe(chat.page)


def test_a_bad_schema_is_named_and_kept(chat: Chat, errors: list[str]) -> None:
    dialog = choose_form(chat, "JSON after a schema", '{"type": "objekt"}')
    expect(dialog.locator(".errorlist")).to_have_text(
        "type: Has to be one of: object, array, string, number, integer, boolean, null."
    )
    expect(dialog.get_by_label("Schema", exact=True)).to_have_value('{"type": "objekt"}')
    errors.clear()  # the browser notes the refusal
    check_with_axe(chat.page)
    assert fits_a_narrow_screen(chat.page)


def test_an_answer_that_does_not_fit_is_asked_for_once_more(chat: Chat) -> None:
    choose_form(chat, "JSON", corrects=True)
    chat.page.locator("#settings").get_by_role("button", name="Cancel").click()
    chat.ask("wrong format")
    expect(chat.reply().locator("[data-slot=siblings]")).to_have_text("2/2")
    expect(chat.reply()).to_contain_text("Second try, after the first one did not fit")
    chat.act(chat.reply(), "Previous version")
    expect(chat.reply().locator(".wrong")).to_contain_text("This is not JSON")
    check_with_axe(chat.page)


def test_the_confidence_is_told_by_keys_and_in_a_list(chat: Chat) -> None:
    chat.page.get_by_role("button", name="Conversation settings").click()
    form = chat.page.locator("#settings form.settings")
    expect(form).to_be_visible()
    chat.page.evaluate("document.querySelectorAll('#settings details').forEach(each => { each.open = true; })")
    form.locator("[name=logprobs]").fill("3")
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()
    chat.exchange("say 12 words")
    dialog = about(chat)
    dialog.get_by_role("button", name="Confidence").click()
    tokens = dialog.get_by_role("group", name="Tokens of the reply").get_by_role("button")
    expect(tokens).to_have_count(12)
    tokens.first.focus()
    chat.page.keyboard.press("ArrowRight")
    expect(tokens.nth(1)).to_be_focused()
    expect(dialog.locator("[data-slot=token]")).to_contain_text(re.compile(r"river \d+\.\d % · instead: "))
    expect(dialog.get_by_role("table").get_by_role("row")).to_have_count(13)
    check_with_axe(chat.page)
    assert fits_a_narrow_screen(chat.page)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_form_is_no_wider_than_the_page(tab: Callable[..., Chat], width: int) -> None:
    chat = tab().open(model=MODEL)
    chat.page.set_viewport_size({"width": width, "height": 800})
    names = [f"column_{number}" for number in range(6)]
    row = {"type": "object", "properties": {name: {"type": "string"} for name in names}, "required": names}
    rows = {"rows": {"type": "array", "items": row, "minItems": 1}}
    choose_form(chat, "JSON after a schema", json.dumps({"type": "object", "properties": rows, "required": ["rows"]}))
    chat.page.locator("#settings").get_by_role("button", name="Cancel").click()
    chat.ask("A wide table")
    expect(chat.reply(state="complete").get_by_role("region", name="Answer")).to_be_visible()
    assert chat.page.evaluate("document.querySelector('.log').scrollWidth") <= width
