"""The exported page in a real Chromium, from the disk: it shows, asks for nothing, runs nothing, and prints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Request, expect

from tests.unit.transcripts.told import ATTACKS, message, picture, user, written

HEAD = "# Pumps\n\nA **pump** moves water.\n\n- in\n- out\n\n```python\nflow = 3\n```\n\n"
PLANTED = ":is(script, img, iframe, object, embed, form, svg, video, base):not(html)"


def test_it_opens_without_a_network_and_does_nothing(
    new_context: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    file = tmp_path / "export.html"
    hostile = [user(ATTACKS[n], id=n + 10, attachments=[picture(text)]) for n, text in enumerate(ATTACKS)]
    replies = [message(text, id=n + 1000, thinking=text, model=text) for n, text in enumerate(ATTACKS)]
    answer = message(HEAD, id=2, thinking="Hm")
    file.write_bytes(written("html", user("How?", id=1), answer, *hostile, *replies, title=ATTACKS[0]))
    context = new_context(offline=True)
    context.add_init_script("globalThis.fired = 0; alert = () => fired++;")
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    context.on("request", note)
    page = context.new_page()
    page.goto(f"{file.as_uri()}#m2-8")

    expect(page.get_by_role("heading", name="Pumps")).to_be_visible()
    expect(page.locator("#m2-9")).to_have_text("flow = 3")
    page.get_by_role("link", name="8", exact=True).first.click()
    expect(page.locator("#m2-8")).to_be_in_viewport()
    for summary in page.locator("summary").all()[:20]:
        summary.click()
    page.emulate_media(media="print")
    page.wait_for_load_state("networkidle")
    assert page.locator(PLANTED).count() == 0
    assert page.evaluate("fired") == 0
    assert {url.partition("#")[0] for url in asked if not url.startswith("data:")} == {file.as_uri()}
    assert page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") == "none"
