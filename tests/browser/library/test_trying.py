"""Trying a model by hand: a prompt streamed and stopped, errors beside what was typed, texts as vectors."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.library.conftest import Library
from tests.browser.test_look import AXE, run_axe, take_picture
from tests.upstream import Plan, Upstream

Visit = Callable[..., Library]
ELSEWHERE = re.compile(r"/library/.+")


def test_a_prompt_is_streamed_and_stopped_by_the_keyboard(
    visit: Visit, library_upstream: Upstream, errors: list[str]
) -> None:
    library_upstream.plan(Plan("One two three", hold=2), Plan("All of it"), Plan(stop_after=2, end="error"))
    page = visit("bea").page
    page.get_by_role("link", name="Try: tiny:latest").press("Enter")
    page.wait_for_url(ELSEWHERE)  # with its script
    prompt = page.get_by_role("textbox", name="Prompt", exact=True)
    prompt.fill("Count")
    prompt.press("Control+Enter")
    answer = page.get_by_role("region", name="Answer")
    expect(answer).to_contain_text("One two")
    expect(answer).to_have_attribute("aria-busy", "true")
    page.get_by_role("button", name="Stop").press("Enter")
    expect(answer.get_by_text("Stopped")).to_be_visible()
    library_upstream.wait_until(
        lambda: any(call.path == "/api/generate" and call.fate == "closed" for call in library_upstream.calls)
    )
    ask = page.get_by_role("button", name="Ask", exact=True)
    expect(ask).to_be_focused()
    expect(prompt).to_have_value("Count")

    ask.press("Enter")
    expect(answer.locator("[data-slot=answer]")).to_have_text("All of it")
    expect(answer.get_by_text("tokens/s")).to_be_visible()
    ask.click()
    expect(answer.get_by_role("alert")).to_contain_text("The model server reported an error.")
    expect(prompt).to_have_value("Count")

    page.get_by_text("More", exact=True).click()
    page.get_by_label("Parameters").fill("temperature 9")
    ask.click()
    expect(page.get_by_text("from 0 to 5")).to_be_visible()
    expect(page.get_by_label("Parameters")).to_be_focused()
    expect(prompt).to_have_value("Count")
    errors.clear()  # the browser notes every 422


@pytest.mark.axe
@pytest.mark.parametrize("width", [1280, 390])
def test_texts_become_vectors_and_a_table_of_likeness(visit: Visit, width: int) -> None:
    page = visit("bea", width=width).page
    page.emulate_media(reduced_motion="reduce")
    page.get_by_role("link", name="Try: nomic-embed-text:latest").click()
    page.wait_for_url(ELSEWHERE)
    page.get_by_role("textbox", name="Texts").fill("the same\nthe same\nsomething else, and a good deal longer")
    page.get_by_role("button", name="Make vectors").click()
    expect(page.get_by_text("8 dimensions")).to_be_visible()
    table = page.get_by_role("group", name="Cosine similarity").get_by_role("row")
    expect(table.nth(1).get_by_role("cell")).to_contain_text(["1.00", "1.00", "0."])
    assert page.evaluate("document.querySelector('.shelves').scrollWidth") <= width
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy as JSON").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText().then(JSON.parse)")
    assert (copied["model"], [len(vector) for vector in copied["embeddings"]]) == ("nomic-embed-text:latest", [8, 8, 8])
    page.get_by_text("More", exact=True).click()
    page.evaluate(AXE.read_text("utf-8"))
    take_picture(page, f"trial {width} light")
    wrong = run_axe(page, "{}")
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    take_picture(page, f"trial {width} dark")
    wrong += run_axe(page, "{runOnly: ['color-contrast']}")
    assert not wrong, "\n".join(wrong)
