"""The browser and the server speak of the same commands and events."""

from __future__ import annotations

import re
from typing import get_args

from django.conf import settings

from conversations.live.protocol import VERSION, commands, events

LIVE = settings.BASE_DIR / "static" / "js" / "live.js"


def listed(name: str) -> set[str]:
    found = re.search(rf"export const {name} = \[(.*?)\];", LIVE.read_text(), re.DOTALL)
    assert found
    return set(re.findall(r'"([a-z.]+)"', found[1]))


def names(union: object) -> set[str]:
    return {frame.model_fields["type"].default for frame in get_args(union)}


def test_the_browser_lists_every_command() -> None:
    assert listed("COMMANDS") == names(get_args(commands.Command)[0])


def test_the_browser_lists_every_event() -> None:
    assert listed("EVENTS") == names(events.Event)


def test_the_versions_are_the_same() -> None:
    assert f"export const VERSION = {VERSION};" in LIVE.read_text()
