"""Every format with the whole corpus of attacks in every place, opened in a real Chromium: nothing runs or asks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Error, Request

from conversations.transcripts import FORMATS
from conversations.transcripts.document import TranscriptMessage, TranscriptTool
from tests.unit.transcripts.told import ATTACKS, message, picture, user, written

OPENED = sorted(set(FORMATS) - {"docx"})
PLANTED = ":is(script, img, iframe, object, embed, form, svg, video, base, [onerror], [onload]):not(html)"


def hostile() -> list[TranscriptMessage]:
    """Each attack said by everybody, and as every name."""
    told: list[TranscriptMessage] = []
    for place, attack in enumerate(ATTACKS):
        call = {"id": attack[:200], "name": attack, "arguments": {attack: attack}, "malformed": attack}
        tool = TranscriptTool(name=attack, server=attack, call_id=attack[:200], arguments={attack: attack})
        told += [
            user(attack, id=4 * place + 1, attachments=[picture(attack)]),
            message(attack, id=4 * place + 2, thinking=attack, model=attack, backend=attack, tool_calls=[call]),
            message(attack, id=4 * place + 3, role="tool", tool=tool),
            message(attack, id=4 * place + 4, role="system"),
        ]
    return told


@pytest.mark.parametrize("ending", OPENED)
def test_nothing_runs_and_nothing_is_asked_for(
    new_context: Callable[..., BrowserContext], tmp_path: Path, ending: str
) -> None:
    file = tmp_path / f"export.{ending}"
    file.write_bytes(written(ending, *hostile(), title=ATTACKS[0], system_prompt="\n".join(ATTACKS)))
    context = new_context(offline=True)
    context.add_init_script("globalThis.fired = 0; alert = confirm = prompt = () => fired++;")
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    context.on("request", note)
    page = context.new_page()
    with suppress(Error):  # a format that it does not show is a download: nothing of it is opened
        page.goto(file.as_uri())
    page.wait_for_load_state("load")

    assert page.evaluate("globalThis.fired ?? 0") == 0
    assert {url for url in asked if not url.startswith("data:")} <= {file.as_uri()}
    if ending == "html":
        assert page.locator("article").count() == 4 * len(ATTACKS)
        assert page.locator("[style]").count() == 0
    assert page.locator(PLANTED).count() == 0
