"""Reading the files of a conversation: their list, and a piece of one's text by name."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field

from conversations.tools.base import OUTPUT_LIMIT, Arguments, Tool, ToolError

# Room for the line that says where the piece ends.
_PIECE = OUTPUT_LIMIT - 200
_MOST_LISTED = 100


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file as a model is told of it. `characters` is the length of its text; None when it has none (a picture)."""

    name: str
    kind: str
    size: int
    characters: int | None


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one conversation: `entries` lists them, `text` gives the text of the one at a place of the list."""

    entries: Callable[[], Awaitable[Sequence[FileEntry]]]
    text: Callable[[int], Awaitable[str]]


class _Nothing(Arguments):
    pass


class _Which(Arguments):
    name: str = Field(max_length=300, description="The name of the file, as list_attachments tells it")
    offset: int = Field(0, ge=0, le=2**40, description="The character to begin at; 0 when left out")


def attachment_tools(files: Files) -> list[Tool]:
    """The two tools, for the files of one conversation."""

    async def list_files(arguments: Mapping[str, object]) -> str:
        _Nothing.read(arguments)
        found = await files.entries()
        if not found:
            return "This conversation has no files."
        lines = [
            json.dumps(
                {"name": entry.name, "type": entry.kind, "bytes": entry.size, "characters": entry.characters},
                ensure_ascii=False,
            )
            for entry in found[:_MOST_LISTED]
        ]
        return "\n".join(lines) + (f"\n[{len(found)} in all]" if len(found) > _MOST_LISTED else "")

    async def read_file(arguments: Mapping[str, object]) -> str:
        which = _Which.read(arguments)
        found = await files.entries()
        place = next((place for place, entry in enumerate(found) if entry.name == which.name), None)
        if place is None:
            names = ", ".join(f"“{entry.name}”" for entry in found[:20])
            raise ToolError("tool_arguments", f"There is no file “{which.name}”. There are: {names or 'none'}.")
        if found[place].characters is None:
            raise ToolError("tool_arguments", f"“{which.name}” has no text to read.")
        return _piece(await files.text(place), which.offset)

    return [
        Tool("list_attachments", "Lists the files of this conversation.", _Nothing.schema_for_models(), list_files),
        Tool(
            "read_attachment",
            "Reads the text of a file of this conversation, piece by piece.",
            _Which.schema_for_models(),
            read_file,
        ),
    ]


def _piece(text: str, offset: int) -> str:
    end = offset + _PIECE
    if end >= len(text):
        return text[offset:] or f"[The text ends at character {len(text)}.]"
    return f"{text[offset:end]}\n[Characters {offset} to {end} of {len(text)}. Go on with offset {end}.]"
