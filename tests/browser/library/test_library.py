"""Pulling, making, copying, loading and deleting models by hand, and what those without the right see."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.late import Late
from tests.browser.library.conftest import Library
from tests.browser.test_look import AXE, run_axe, take_picture
from tests.upstream import Transfer, Upstream
from tests.upstream.transfers import STEPS

Visit = Callable[..., Library]


def test_a_pull_shows_its_layers_and_outlives_the_page(
    visit: Visit, library_upstream: Upstream, published: str
) -> None:
    library_upstream.plan_transfers(Transfer(hold=STEPS // 2))
    library = visit()
    job = library.pull(published)
    expect(job).to_have_attribute("data-state", "running")
    expect(library.name).to_have_value("")
    expect(job.get_by_role("progressbar", name=f"Progress: {published}")).to_have_attribute("value", "45")
    expect(job.get_by_text("360 MB of 800 MB").first).to_be_visible()
    job.get_by_text("1 layer").click()
    expect(job.locator(".layers li")).to_have_count(1)

    other = visit()  # another tab, as another administrator's would be
    expect(other.job(published)).to_have_attribute("data-state", "running")
    library.page.close()
    library_upstream.release()
    expect(other.job(published)).to_have_attribute("data-state", "complete")
    expect(other.announcer).to_have_text(f"{published}: complete")
    expect(other.row(published)).to_be_visible()


def test_stop_and_resume(visit: Visit, library_upstream: Upstream, published: str) -> None:
    library_upstream.plan_transfers(Transfer(hold=5))
    library = visit()
    job = library.pull(published)
    expect(job.get_by_text("160 MB of 800 MB").first).to_be_visible()
    job.get_by_role("button", name=f"Stop: {published}").click()
    expect(job).to_have_attribute("data-state", "stopped")
    library_upstream.wait_until(
        lambda: any(call.model == published and call.fate == "closed" for call in library_upstream.calls)
    )
    job.get_by_role("button", name=f"Resume: {published}").click()
    expect(job).to_have_attribute("data-state", "complete")
    job.get_by_role("button", name=f"Off the list: {published}").click()
    expect(job).to_have_count(0)


def test_an_error_in_the_stream_is_plain_and_its_words_are_folded(
    visit: Visit, library_upstream: Upstream, published: str
) -> None:
    library_upstream.plan_transfers(Transfer(stop_after=5))
    job = visit().pull(published)
    expect(job.get_by_text("The model server’s disk is full.")).to_be_visible()
    raw = job.get_by_text("no space left on device")
    expect(raw).to_be_hidden()
    job.get_by_text("Details").click()
    expect(raw).to_be_visible()


def test_the_dialog_shows_what_it_was_opened_for_last(visit: Visit) -> None:
    library = visit()
    older = Late(library.page, "**/details/?model=*")
    library.choose("tiny:latest", "Details")
    older.fetch()
    library.page.keyboard.press("Escape")
    expect(library.dialog).to_be_hidden()
    library.choose("tiny:latest", "Delete")
    expect(library.dialog.get_by_role("button", name="Delete")).to_be_visible()
    older.come()
    expect(library.dialog.get_by_role("button", name="Delete")).to_be_visible()


def test_a_malformed_name_is_refused_and_kept(visit: Visit, library_upstream: Upstream, errors: list[str]) -> None:
    library = visit()
    pulls = len([call for call in library_upstream.calls if call.path == "/api/pull"])
    library.name.fill("not a name")
    library.name.press("Enter")
    expect(library.page.get_by_text("This is not a name that a model can have.")).to_be_visible()
    expect(library.name).to_have_value("not a name")
    expect(library.name).to_be_focused()
    expect(library.name).to_have_attribute("aria-invalid", "true")
    assert len([call for call in library_upstream.calls if call.path == "/api/pull"]) == pulls
    errors.clear()  # the browser notes every 422


def test_two_names_one_right_after_the_other(visit: Visit, library_upstream: Upstream, published: str) -> None:
    library_upstream.published["second:1b"] = library_upstream.published[published]
    library = visit()
    library.pull(published)
    library.pull("second:1b")
    expect(library.job(published)).to_have_attribute("data-state", "complete")
    expect(library.job("second:1b")).to_have_attribute("data-state", "complete")


def test_a_list_of_models_that_comes_late_does_not_replace_a_newer_one(
    visit: Visit, library_upstream: Upstream, published: str
) -> None:
    library_upstream.plan_transfers(Transfer(hold=1))
    library = visit()
    older = Late(library.page, "**/library/*/models/")
    job = library.pull(published)
    older.fetch()
    library_upstream.wait_until(lambda: any(call.model == published for call in library_upstream.calls))
    library_upstream.release()
    expect(job).to_have_attribute("data-state", "complete")
    expect(library.row(published)).to_be_visible()
    older.come()
    assert library.row(published).is_visible(), "before it is looked at again"


def test_a_model_is_loaded_and_unloaded(visit: Visit) -> None:
    library = visit()
    row = library.row("llama3.2:latest")
    row.get_by_role("button", name="Load: llama3.2:latest").click()
    expect(row.get_by_text("50%/50% CPU/GPU")).to_be_visible()
    row.get_by_role("button", name="Unload: llama3.2:latest").click()
    expect(row.get_by_role("button", name="Load: llama3.2:latest")).to_be_visible()


def test_a_model_is_made_shown_copied_and_deleted(visit: Visit, errors: list[str]) -> None:
    library = visit()
    library.choose("tiny:latest", "Make a model from it")
    library.dialog.get_by_label("Name of the new model").fill("pirate")
    library.dialog.get_by_label("System prompt").fill("You are a pirate.")
    library.dialog.get_by_label("Parameters").fill("temperature 9")
    library.dialog.get_by_role("button", name="Make it").click()
    expect(library.dialog.get_by_text("takes a number from 0 to 5")).to_be_visible()
    expect(library.dialog.get_by_label("System prompt")).to_have_value("You are a pirate.")
    library.dialog.get_by_label("Parameters").fill("temperature 0.5")
    library.dialog.get_by_role("button", name="Make it").click()
    expect(library.row("pirate:latest")).to_be_visible()

    library.choose("pirate:latest", "Details")
    expect(library.dialog.get_by_text("You are a pirate.")).to_be_visible()
    library.page.keyboard.press("Escape")
    expect(library.dialog).to_be_hidden()

    library.choose("pirate:latest", "Copy")
    library.dialog.get_by_label("New name").fill("captain")
    library.page.keyboard.press("Enter")
    expect(library.row("captain:latest")).to_be_visible()

    for name in ("pirate:latest", "captain:latest"):
        library.choose(name, "Delete")
        expect(library.dialog.get_by_role("heading", name=f"Delete {name}?")).to_be_visible()
        expect(library.dialog.get_by_text("No conversation uses it.")).to_be_visible()
        library.dialog.get_by_role("button", name="Delete", exact=True).click()
        expect(library.row(name)).to_have_count(0)
    errors.clear()  # the browser notes every 422


def test_deleting_names_ones_own_conversations(visit: Visit) -> None:
    library = visit()
    page = library.page
    page.goto(f"{library.address}/")
    page.get_by_role("combobox", name="Model").select_option("ollama/tiny:latest")
    page.get_by_role("textbox", name="Message", exact=True).fill("title of my walk")
    page.keyboard.press("Enter")
    expect(page.locator("article[data-role=assistant][data-state=complete]")).to_be_visible()
    library.open()
    library.choose("tiny:latest", "Delete")
    expect(library.dialog.get_by_text(re.compile("1 conversation uses it"))).to_be_visible()
    expect(library.dialog.locator(".uses a")).to_have_count(1)
    library.dialog.get_by_role("button", name="Cancel").click()
    expect(library.dialog).to_be_hidden()
    expect(library.row("tiny:latest")).to_be_visible()


def test_by_the_keyboard_alone(visit: Visit) -> None:
    library = visit()
    page = library.page
    page.get_by_role("button", name="More: tiny:latest").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Details", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(library.dialog.get_by_role("heading", name="tiny:latest")).to_be_visible()
    page.keyboard.press("Escape")
    expect(library.dialog).to_be_hidden()
    expect(page.get_by_role("button", name="More: tiny:latest")).to_be_focused()


def test_a_long_list_scrolls_and_the_page_around_it_stands_still(visit: Visit) -> None:
    """A menu that has to come into sight would else take head and rail away, and close."""
    page = visit().page
    page.set_viewport_size({"width": 1280, "height": 320})
    assert page.locator(".shelves").evaluate("each => each.scrollHeight > each.clientHeight")
    assert page.evaluate("document.documentElement.scrollHeight") <= 320


def test_others_see_what_each_model_can_do_and_no_buttons(visit: Visit) -> None:
    library = visit("bea")
    expect(library.row("qwen3:8b").get_by_text("Thinking")).to_be_visible()
    expect(library.name).to_have_count(0)
    expect(library.page.get_by_role("button", name=re.compile("Load|More"))).to_have_count(0)


def test_a_server_that_is_away_is_told_and_asked_again(visit: Visit, library_upstream: Upstream) -> None:
    library = visit()
    library_upstream.stop()
    try:
        library.page.reload()
        expect(library.page.get_by_text("The model server does not answer.")).to_be_visible()
    finally:
        library_upstream.start()
    library.page.get_by_role("button", name="Try again").click()
    expect(library.row("tiny:latest")).to_be_visible()


def test_the_account_menu_leads_here(visit: Visit) -> None:
    library = visit("bea")
    library.page.goto(f"{library.address}/")
    library.page.get_by_role("button", name=re.compile("bea")).click()
    library.page.get_by_role("menuitem", name="Models").click()
    expect(library.row("tiny:latest")).to_be_visible()


@pytest.mark.axe
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(
    visit: Visit, library_upstream: Upstream, published: str, width: int, errors: list[str]
) -> None:
    library_upstream.plan_transfers(Transfer(hold=STEPS + 2))
    library = visit(width=width)
    library.page.emulate_media(reduced_motion="reduce")  # colours are measured when nothing fades in
    page, job = library.page, library.pull(published)
    job.get_by_text("2 layers").click()
    library.pull("nobody/nothing")
    expect(library.job("nobody/nothing")).to_have_attribute("data-state", "failed")
    page.evaluate(AXE.read_text("utf-8"))
    take_picture(page, f"library {width} light")
    wrong = run_axe(page, "{}")
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    take_picture(page, f"library {width} dark")
    wrong += run_axe(page, "{runOnly: ['color-contrast']}")
    library.choose("tiny:latest", "Make a model from it")
    expect(library.dialog.get_by_label("Template")).to_be_visible()
    take_picture(page, f"library {width} create")
    wrong += run_axe(page, "{}")
    assert not wrong, "\n".join(wrong)


def test_nothing_is_wider_than_a_narrow_screen(visit: Visit) -> None:
    library = visit(width=320)
    page = library.page
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate("document.querySelector('.shelves').scrollWidth") <= 320
