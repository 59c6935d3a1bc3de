"""The settings of a conversation: few in sight, all others folded, and every one of them reaches the model."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.browser.chat.conftest import Chat
from tests.browser.late import Held
from tests.browser.test_look import AXE, run_axe
from tests.upstream.server import Upstream


def opened(chat: Chat) -> Locator:
    """The dialog, with its fields."""
    chat.page.get_by_role("button", name="Conversation settings").click()
    dialog = chat.page.get_by_role("dialog", name="Conversation settings")
    expect(dialog.get_by_label("Temperature")).to_be_visible()
    return dialog


def group(dialog: Locator, name: str) -> Locator:
    return dialog.locator("summary", has_text=name)


def test_few_options_are_in_sight_and_a_folded_one_reaches_the_model(chat: Chat, upstream: Upstream) -> None:
    dialog = opened(chat)
    expect(dialog.get_by_label("Context length")).to_be_hidden()
    expect(dialog.get_by_label("Batch size")).to_be_hidden()
    group(dialog, "Length and context").click()
    dialog.get_by_label("Context length").fill("8192")
    dialog.get_by_label("Leave out the oldest").select_option("Off")
    dialog.get_by_label("Stop at").fill("END\nSTOP")
    group(dialog, "Loading").click()
    dialog.get_by_label("Keep loaded").fill("-1")
    dialog.get_by_label("Map the file").select_option("On")
    expect(group(dialog, "Length and context")).to_contain_text("3 set")
    chat.page.evaluate(AXE.read_text("utf-8"))
    assert run_axe(chat.page, "{rules: {'heading-order': {enabled: false}}}") == []
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()

    chat.exchange("say 3 words of settings")
    sent = next(call for call in upstream.chats if "of settings" in call.prompt).value
    given = {name: sent["options"][name] for name in ("num_ctx", "stop", "use_mmap")}
    assert given == {"num_ctx": 8192, "stop": ["END", "STOP"], "use_mmap": True}
    assert (sent["truncate"], sent["keep_alive"]) == (False, -1)

    dialog = opened(chat)
    expect(group(dialog, "Loading")).to_contain_text("2 set")
    expect(group(dialog, "Sampling")).not_to_contain_text("set")


def test_an_error_unfolds_its_group_and_keeps_what_was_typed(chat: Chat, errors: list[str]) -> None:
    dialog = opened(chat)
    dialog.get_by_label("Temperature").fill("0.3")
    group(dialog, "Loading").click()
    dialog.get_by_label("Batch size").fill("0")
    group(dialog, "Loading").click()
    dialog.get_by_role("button", name="Save").click()
    wrong = dialog.get_by_label("Batch size")
    expect(wrong).to_be_visible()
    expect(wrong).to_be_focused()
    expect(wrong).to_have_value("0")
    expect(dialog.get_by_text("“Batch size” takes a whole number from 1 to 65,536.")).to_be_visible()
    expect(dialog.get_by_label("Temperature")).to_have_value("0.3")
    expect(dialog.get_by_label("Context length")).to_be_hidden()
    errors.clear()  # the browser notes the 422


def test_what_was_refused_after_the_dialog_was_closed_is_said_and_kept(chat: Chat, errors: list[str]) -> None:
    dialog = opened(chat)
    answer = Held(chat.page, "**/settings/", "POST")
    dialog.get_by_label("Temperature").fill("99")
    dialog.get_by_role("button", name="Save").click()
    chat.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    answer.come()
    expect(chat.toasts).to_contain_text("Not saved.")
    chat.toasts.get_by_role("button", name="Open").click()
    expect(dialog.get_by_label("Temperature")).to_have_value("99")
    expect(dialog.get_by_role("alert")).to_be_visible()
    errors.clear()  # the browser notes the 422


def test_enter_saves_and_cancel_does_not(chat: Chat) -> None:
    dialog = opened(chat)
    dialog.get_by_label("Temperature").fill("0.3")
    dialog.get_by_label("Temperature").press("Enter")
    expect(dialog).to_be_hidden()
    opened(chat)
    expect(dialog.get_by_label("Temperature")).to_have_value("0.3")
    dialog.get_by_label("Temperature").fill("0.9")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    opened(chat)
    expect(dialog.get_by_label("Temperature")).to_have_value("0.3")
