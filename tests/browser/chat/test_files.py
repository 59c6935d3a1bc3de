"""A person adds files: picked, pasted or dropped; they are seen on their way, in the transcript, and large."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import FilePayload, Page, Route, expect

from tests.browser.chat.conftest import MODEL, Chat
from tests.browser.chat.giving import NOTES, PUMP, REPORT, SCAN, SEEING, VALVE, give, pick, shown, tray
from tests.browser.test_look import AXE, run_axe


@pytest.fixture
def seeing(tab: Callable[..., Chat]) -> Chat:
    """A new chat with a model that can see."""
    return tab().open(model=SEEING)


def test_files_are_picked_sent_and_seen_by_the_model(seeing: Chat) -> None:
    pick(seeing, PUMP, NOTES, REPORT)
    expect(tray(seeing).nth(0)).to_contain_text("800 × 600")
    expect(tray(seeing).nth(1)).to_contain_text(re.compile(r"about \d+ tokens"))
    expect(tray(seeing).nth(2)).to_contain_text("2 pages")
    seeing.ask("What is broken?")
    expect(tray(seeing)).to_have_count(0)
    expect(shown(seeing)).to_have_count(3)
    seeing.reply(state="complete")
    expect(seeing.content()).to_contain_text("I see 1 image: PNG 800×600")
    seeing.page.reload()
    expect(shown(seeing)).to_have_count(3)
    expect(shown(seeing).get_by_role("img", name="pump.png")).to_be_visible()
    expect(shown(seeing).get_by_role("img")).to_have_js_property("naturalWidth", 512)


@pytest.mark.parametrize("how", ["paste", "drop"])
def test_files_are_pasted_and_dropped(seeing: Chat, how: str) -> None:
    assert not give(seeing, how, PUMP, NOTES)
    expect(tray(seeing)).to_have_count(2)
    expect(seeing.page.locator(".tray li[data-state=ready]")).to_have_count(2)
    expect(seeing.box).to_be_focused()


def test_what_is_dragged_over_the_page_sees_where_it_may_fall(seeing: Chat) -> None:
    zone = seeing.page.get_by_text("Drop the files to add them")
    seeing.page.clock.install()  # and stopped, or the zone might be gone before it is looked for
    seeing.page.clock.pause_at(datetime.now() + timedelta(hours=1))
    assert not give(seeing, "dragover", PUMP)
    expect(zone).to_be_visible()
    seeing.page.clock.resume()
    expect(zone).to_have_count(0)  # it went away again
    assert not give(seeing, "dragover", PUMP)
    give(seeing, "drop", PUMP)
    expect(zone).to_have_count(0)
    expect(tray(seeing)).to_have_count(1)


def test_a_file_that_falls_on_a_dialog_does_not_take_the_page_away(seeing: Chat) -> None:
    seeing.page.get_by_role("button", name="Conversation settings").click()
    expect(seeing.page.get_by_role("dialog", name="Conversation settings")).to_be_visible()
    assert not give(seeing, "drop", PUMP), "the browser would open it"
    expect(tray(seeing)).to_have_count(0)


def test_pasted_text_stays_text(seeing: Chat) -> None:
    seeing.box.focus()
    pasted = """() => {
        const data = new DataTransfer();
        data.setData("text/plain", "words");
        data.items.add(new File(["x"], "image.png", {type: "image/png"}));
        const options = {bubbles: true, cancelable: true, clipboardData: data};
        return document.activeElement.dispatchEvent(new ClipboardEvent("paste", options));
    }"""
    assert seeing.page.evaluate(pasted), "the browser pastes it"
    expect(tray(seeing)).to_have_count(0)


def test_a_file_is_removed_before_it_is_sent(seeing: Chat) -> None:
    pick(seeing, PUMP, NOTES)
    seeing.page.get_by_role("button", name="Remove pump.png").click()
    expect(tray(seeing)).to_have_count(1)
    expect(seeing.page.get_by_role("button", name="Remove notes.md")).to_be_focused()
    seeing.page.keyboard.press("Enter")
    expect(tray(seeing)).to_have_count(0)
    expect(seeing.box).to_be_focused()
    seeing.exchange("say 3 words")
    expect(shown(seeing)).to_have_count(0)


def test_a_refused_file_says_why_and_holds_the_message_back(seeing: Chat, errors: list[str]) -> None:
    pick(seeing, SCAN)
    expect(tray(seeing)).to_contain_text("There is no text in this PDF. It is probably scanned.")
    expect(seeing.page.get_by_role("button", name="Try again", exact=True)).to_be_hidden()
    seeing.ask("Sum up")
    expect(seeing.toasts).to_contain_text("A file could not be added")
    expect(seeing.box).to_have_value("Sum up")
    seeing.page.get_by_role("button", name="Remove scan.pdf").click()
    seeing.box.press("Enter")
    seeing.reply(state="complete")
    errors.clear()  # the console names the 422


def test_a_file_too_large_never_leaves_the_browser(seeing: Chat) -> None:
    asked: list[str] = []
    seeing.page.on("request", lambda request: asked.append(request.url))
    large: FilePayload = {"name": "large.txt", "mimeType": "text/plain", "buffer": b"x" * (20 * 1024 * 1024 + 1)}
    pick(seeing, large)
    expect(tray(seeing)).to_contain_text("The limit is 20 MB.")
    assert not [url for url in asked if url.endswith("/attachments/")]


def test_a_blind_model_is_named_before_sending(tab: Callable[..., Chat]) -> None:
    chat = tab().open(model=MODEL)
    pick(chat, PUMP)
    line = chat.page.locator(".tray").get_by_text(
        "llama3.2:latest cannot see images. Choose a model that can, or remove them."
    )
    expect(line).to_be_visible()
    expect(chat.box).to_have_accessible_description(re.compile("cannot see images"))
    chat.ask("What is it?")
    expect(chat.toasts).to_contain_text("cannot see images")
    expect(chat.page.locator("article")).to_have_count(0)
    chat.model.select_option(SEEING)
    expect(line).to_be_hidden()
    chat.box.press("Enter")
    expect(chat.content()).to_contain_text("I see 1 image")
    chat.reply(state="complete")


def test_a_picture_alone_is_a_message(seeing: Chat) -> None:
    pick(seeing, PUMP)
    seeing.send.click()
    expect(shown(seeing)).to_have_count(1)
    seeing.reply(state="complete")
    expect(seeing.said().locator("[data-slot=content]")).to_be_hidden()


def test_files_stay_in_the_composer_over_a_reload(seeing: Chat) -> None:
    pick(seeing, PUMP, NOTES)
    seeing.page.reload()
    expect(seeing.page.locator(".tray li[data-state=ready]")).to_have_count(2)
    seeing.ask("What is it?")
    seeing.reply(state="complete")
    seeing.page.reload()
    expect(shown(seeing)).to_have_count(2)
    expect(tray(seeing)).to_have_count(0)


def test_an_upload_goes_on_when_the_connection_is_back(seeing: Chat, errors: list[str]) -> None:
    seeing.page.route("**/attachments/", lambda route: route.abort())
    pick(seeing, PUMP)
    expect(tray(seeing)).to_contain_text("No connection. Try again.")
    seeing.page.unroute("**/attachments/")
    seeing.page.get_by_role("button", name="Try again", exact=True).click()
    expect(tray(seeing)).to_have_attribute("data-state", "ready")
    errors.clear()  # the console names the failed request


def test_sending_waits_for_what_is_on_its_way(seeing: Chat) -> None:
    held: list[Route] = []
    seeing.page.route("**/attachments/", lambda route: held.append(route))
    with seeing.page.expect_file_chooser() as chooser:
        seeing.page.get_by_role("button", name="Add files").click()
    with seeing.page.expect_request("**/attachments/"):
        chooser.value.set_files([PUMP])
    expect(seeing.page.get_by_role("progressbar", name="Sent so far")).to_be_visible()
    seeing.ask("What is it?")
    expect(seeing.toasts).to_contain_text("Wait until the files have arrived.")
    held[0].continue_()
    expect(tray(seeing)).to_have_attribute("data-state", "ready")
    seeing.box.press("Enter")
    expect(seeing.content()).to_contain_text("I see 1 image")
    seeing.reply(state="complete")


def test_pictures_are_seen_large_and_turned_with_the_keys(seeing: Chat) -> None:
    pick(seeing, PUMP, VALVE)
    seeing.ask("What are they?")
    seeing.reply(state="complete")
    shown(seeing).first.get_by_role("button").focus()
    seeing.page.keyboard.press("Enter")
    viewer = seeing.page.get_by_role("dialog", name="pump.png")
    expect(viewer.get_by_role("img", name="pump.png")).to_be_visible()
    expect(viewer).to_contain_text("800 × 600")
    expect(viewer.get_by_role("button", name="Previous picture")).to_be_hidden()
    seeing.page.keyboard.press("ArrowRight")
    second = seeing.page.get_by_role("dialog", name="valve.jpg")
    expect(second.get_by_role("img", name="valve.jpg")).to_be_visible()
    expect(second.get_by_role("button", name="Next picture")).to_be_hidden()
    with seeing.page.expect_download() as download:
        second.get_by_role("link", name="Save").click()
    assert download.value.suggested_filename == "valve.jpg"
    seeing.page.keyboard.press("Escape")
    expect(second).to_be_hidden()
    expect(shown(seeing).nth(1).get_by_role("button")).to_be_focused()


def test_nothing_moves_when_a_picture_arrives(seeing: Chat) -> None:
    pick(seeing, PUMP, VALVE)
    seeing.exchange("What are they?")
    held: list[Route] = []
    gate = {"open": False}
    seeing.page.route("**/thumbnail/", lambda route: route.continue_() if gate["open"] else held.append(route))
    seeing.page.reload(wait_until="commit")
    expect(shown(seeing)).to_have_count(2)
    expect(seeing.reply().locator("[data-slot=metrics]")).to_contain_text("tokens/s")
    seeing.at_rest()
    place = seeing.reply().bounding_box()
    gate["open"] = True
    for route in held:
        route.continue_()
    for image in shown(seeing).get_by_role("img").all():
        expect(image).not_to_have_js_property("naturalWidth", 0)
    assert seeing.reply().bounding_box() == place


def test_the_text_that_the_model_is_given_can_be_read(seeing: Chat) -> None:
    pick(seeing, NOTES)
    tray(seeing).locator(".open").click()
    viewer = seeing.page.get_by_role("dialog", name="notes.md")
    expect(viewer).to_contain_text("`pumps` & <b>valves</b>")
    seeing.page.keyboard.press("Escape")
    seeing.exchange("say 3 words")
    shown(seeing).get_by_role("button").click()
    expect(viewer).to_contain_text("`pumps` & <b>valves</b>")


def test_an_edited_message_keeps_its_files(seeing: Chat) -> None:
    pick(seeing, PUMP)
    seeing.exchange("What is it?")
    seeing.act(seeing.said(), "Edit")
    box = seeing.page.get_by_role("textbox", name="Edit the message")
    box.fill("What else is it?")
    box.press("Enter")
    expect(seeing.said()).to_contain_text("What else is it?")
    expect(shown(seeing)).to_have_count(1)
    seeing.reply(state="complete")
    expect(seeing.content()).to_contain_text("I see 1 image")


def test_a_file_can_be_left_out_of_an_edited_message(seeing: Chat) -> None:
    pick(seeing, PUMP, VALVE)
    seeing.exchange("What are they?")
    seeing.act(seeing.said(), "Edit")
    for name in ("Leave out pump.png", "Leave out valve.jpg", "Leave out pump.png"):
        seeing.page.get_by_role("button", name=name).click()
    expect(seeing.page.get_by_role("button", name="Leave out valve.jpg")).to_have_attribute("aria-pressed", "true")
    seeing.page.get_by_role("textbox", name="Edit the message").press("Enter")
    expect(shown(seeing)).to_have_count(1)
    expect(shown(seeing).get_by_role("img", name="pump.png")).to_be_visible()
    seeing.reply(state="complete")
    expect(seeing.content()).to_contain_text("I see 1 image")
    seeing.act(seeing.said(), "Previous version")
    expect(shown(seeing)).to_have_count(2)


def test_another_tab_sees_the_files_at_once(seeing: Chat, tab: Callable[..., Chat]) -> None:
    seeing.exchange("say 3 words")
    other = tab().open(seeing.settled())
    expect(other.box).to_be_visible()
    expect(other.reply(state="complete")).to_be_visible()
    pick(seeing, PUMP, NOTES)
    seeing.ask("What is it?")
    expect(shown(other)).to_have_count(2)
    other.reply(1, state="complete")


@pytest.mark.axe
def test_axe_finds_nothing_wrong_with_files(seeing: Chat, errors: list[str]) -> None:
    pick(seeing, PUMP, NOTES, SCAN)
    seeing.page.evaluate(AXE.read_text("utf-8"))
    seeing.model.select_option(MODEL)
    wrong = check(seeing.page)
    seeing.page.get_by_role("button", name="Remove scan.pdf").click()
    seeing.model.select_option(SEEING)
    seeing.ask("say 3 words").reply(state="complete")
    wrong += check(seeing.page)
    shown(seeing).first.get_by_role("button").click()
    expect(seeing.page.get_by_role("dialog", name="pump.png")).to_be_visible()
    wrong += check(seeing.page)
    assert wrong == []
    errors.clear()  # the console names the refused upload


def check(page: Page) -> list[str]:
    """What axe finds in light and dark, and what is wider than a phone."""
    wrong: list[str] = []
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        wrong += run_axe(page, "{rules: {'heading-order': {enabled: false}}}")
    size = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    if page.evaluate("document.documentElement.scrollWidth") > 390:
        wrong.append("wider than a phone")
    assert size
    page.set_viewport_size(size)
    return wrong
