"""The page that takes conversations in, in a real Chromium: the report comes while the file is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from tests.browser.chat.conftest import sign_up
from tests.sites import Site
from tests.unit.transcripts.importing.samples import chatgpt, node, zipped
from tests.unit.transcripts.told import ATTACKS


def test_a_file_goes_up_and_its_report_comes_back(
    new_context: Callable[..., BrowserContext], site: Site, tmp_path: Path, errors: list[str]
) -> None:
    asked = node("u", "client-created-root", "user", "When does it leave?")
    answer = node("a", "u", "assistant", "At **noon**.", metadata={"model_slug": "gpt-4o"})
    good = chatgpt(asked, answer, title="A train")
    hostile = [chatgpt(asked, title=title[:900], conversation_id=title) for title in ATTACKS[:20]]
    broken = chatgpt(asked, conversation_id="broken", current_node="elsewhere")
    file = tmp_path / "export.zip"
    file.write_bytes(zipped(conversations__json=json.dumps([good, *hostile, broken])))

    context = new_context()
    sign_up(context, site.address, "ada")
    page = context.new_page()
    page.goto(f"{site.address}/account/")
    page.get_by_role("link", name="Import", exact=True).click()
    page.wait_for_url("**/import/")  # with its script
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Import the file").click()

    expect(page.locator("#summary")).to_have_text("21 imported, 1 skipped")
    expect(page.locator("li[data-outcome=skipped]")).to_contain_text("current_node")
    expect(page.locator("#outcomes :is(script, img, svg, b)")).to_have_count(0)
    expect(page.get_by_role("button", name="Import the file")).to_be_enabled()

    page.get_by_role("link", name="A train", exact=True).click()
    expect(page.get_by_role("log", name="Conversation")).to_contain_text("At noon.")
    assert errors == []
