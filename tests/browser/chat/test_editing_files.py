"""Files are added to a message while it is edited: picked and pasted, kept over a reload, beside those it had."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import FilePayload, expect

from tests.browser.chat.conftest import Chat
from tests.browser.chat.giving import NOTES, PUMP, REPORT, SEEING, SEND_EVENT, VALVE, payload, pick, shown, tray


def test_files_are_added_to_a_message_that_is_edited(tab: Callable[..., Chat]) -> None:
    seeing = tab().open(model=SEEING)
    page = seeing.page
    pick(seeing, PUMP)
    seeing.exchange("What is it?")
    pick(seeing, REPORT)  # stays in the composer, for the next message
    seeing.act(seeing.said(), "Edit")
    added = page.locator("form.edit .tray li")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Add files to this message").click()
    chooser.value.set_files([VALVE])
    expect(added).to_have_count(1)
    page.get_by_role("textbox", name="Edit the message").focus()
    assert not page.evaluate(SEND_EVENT, ["paste", payload(NOTES)])
    expect(page.locator("form.edit .tray li[data-state=ready]")).to_have_count(2)
    page.get_by_role("button", name="Remove notes.md").click()
    expect(added).to_have_count(1)
    page.reload()
    seeing.act(seeing.said(), "Edit")
    expect(added).to_have_count(1)  # kept like the words
    page.get_by_role("textbox", name="Edit the message").press("Enter")
    expect(shown(seeing)).to_have_count(2)
    seeing.reply(state="complete")
    expect(seeing.content()).to_contain_text("I see 2 images")
    seeing.act(seeing.said(), "Edit")
    expect(added).to_have_count(0)
    leave_out = page.get_by_role("button", name="Leave out pump.png")
    leave_out.click()
    page.get_by_role("textbox", name="Edit the message").focus()
    nine = [FilePayload(name=f"{number}.md", mimeType="text/markdown", buffer=b"x") for number in range(9)]
    assert not page.evaluate(SEND_EVENT, ["paste", payload(*nine)])
    expect(page.locator("form.edit .tray li[data-state=ready]")).to_have_count(9)
    leave_out.click()  # which makes eleven
    page.get_by_role("textbox", name="Edit the message").press("Enter")
    expect(seeing.toasts).to_contain_text("A message takes ten files at most.")
    page.get_by_role("button", name="Cancel").click()
    expect(tray(seeing)).to_have_count(1)
