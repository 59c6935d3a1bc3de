"""The clock, and reading the files of a conversation."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from conversations.tools.attachments import FileEntry, Files, attachment_tools
from conversations.tools.base import OUTPUT_LIMIT, ToolError, cut
from conversations.tools.clock import CLOCK

TEXTS = ["first file", "ä" * (2 * OUTPUT_LIMIT)]
ENTRIES = [
    FileEntry("notes.txt", "text", 10, len(TEXTS[0])),
    FileEntry("long.txt", "text", 99, len(TEXTS[1])),
    FileEntry("cat.png", "image", 5, None),
]


async def entries() -> Sequence[FileEntry]:
    return ENTRIES


async def text(place: int) -> str:
    return TEXTS[place]


LIST, READ = attachment_tools(Files(entries, text))


def test_the_clock_tells_the_time_of_a_zone() -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    told = asyncio.run(CLOCK.run({"timezone": "Asia/Kolkata"}))
    moment = datetime.fromisoformat(told.split(", ")[1].split(" ")[0])
    assert before <= moment <= datetime.now(UTC)
    assert "+05:30" in told
    assert told.startswith(f"{moment:%A}")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "Europe", "", "a\0b", "/etc/localtime"])
def test_the_clock_names_a_zone_that_is_none(zone: str) -> None:
    with pytest.raises(ToolError, match="not an IANA time zone"):
        asyncio.run(CLOCK.run({"timezone": zone}))


def test_a_wrong_argument_is_named() -> None:
    with pytest.raises(ToolError, match="“zone”"):
        asyncio.run(CLOCK.run({"zone": "UTC"}))
    with pytest.raises(ToolError, match="“timezone”"):
        asyncio.run(CLOCK.run({"timezone": 7}))


def test_files_are_listed_with_the_length_of_their_text() -> None:
    lines = asyncio.run(LIST.run({})).splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["notes.txt", "long.txt", "cat.png"]
    assert json.loads(lines[2])["characters"] is None


def test_a_file_is_read_piece_by_piece() -> None:
    assert asyncio.run(READ.run({"name": "notes.txt"})) == "first file"
    assert asyncio.run(READ.run({"name": "notes.txt", "offset": 6})) == "file"
    piece = asyncio.run(READ.run({"name": "long.txt"}))
    assert len(piece) <= OUTPUT_LIMIT
    assert f"of {len(TEXTS[1])}. Go on with offset" in piece
    assert "ends at character" in asyncio.run(READ.run({"name": "notes.txt", "offset": 50}))


def test_a_file_that_cannot_be_read_is_explained() -> None:
    with pytest.raises(ToolError, match=r"There are: “notes\.txt”"):
        asyncio.run(READ.run({"name": "other.txt"}))
    with pytest.raises(ToolError, match="no text"):
        asyncio.run(READ.run({"name": "cat.png"}))


def test_a_long_result_is_cut_with_a_note() -> None:
    assert cut("short") == "short"
    assert cut("x" * (OUTPUT_LIMIT + 1)).endswith(f"[Cut here: {OUTPUT_LIMIT} of {OUTPUT_LIMIT + 1} characters.]")
