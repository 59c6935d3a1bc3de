"""What every wire format is made of: whole lines within caps, text joined at its seams, and JSON values made safe."""

from __future__ import annotations

import json
import math
import re

from conversations.backends.base import ToolCall
from conversations.text import clean_text

LINE_CAP = 8 * 1024 * 1024
TOTAL_CAP = 50 * 1024 * 1024
DEPTH = 32
MALFORMED = 10_000

_SURROGATE = re.compile("[\ud800-\udfff]")


class Lines:
    """Cuts a stream of bytes after its last newline. `is_too_long` once a line or the whole has passed its cap."""

    def __init__(self, line_cap: int = LINE_CAP, total_cap: int = TOTAL_CAP) -> None:
        self.is_too_long = False
        self._line_cap = line_cap
        self._left = total_cap
        self._tail = bytearray()

    def feed(self, chunk: bytes) -> bytes:
        """The whole lines that one read has completed; b"" when none, or when the whole is too long."""
        self._left -= len(chunk)
        if self._left < 0:
            self.is_too_long = True
            return b""
        cut = chunk.rfind(b"\n") + 1
        if not self._tail and cut == len(chunk):
            return chunk
        self._tail += chunk[:cut]
        block = bytes(self._tail) if cut else b""
        if cut:
            self._tail.clear()
        self._tail += chunk[cut:]
        self.is_too_long = len(self._tail) > self._line_cap
        return block

    def rest(self) -> bytes:
        """The last line, that has no newline."""
        rest = bytes(self._tail)
        self._tail.clear()
        return rest


class Seam:
    """Joins pieces of text, cleaned; a surrogate pair torn apart between two pieces is put together again."""

    def __init__(self) -> None:
        self._held = ""

    def join(self, pieces: list[str], *, is_last: bool) -> str:
        """The pieces as one text; with `is_last`, nothing is held back for a next one."""
        text = self._held + "".join(pieces)
        self._held = ""
        if text.isascii() or not _SURROGATE.search(text):
            return clean_text(text)
        if not is_last and "\ud800" <= text[-1] <= "\udbff":
            text, self._held = text[:-1], text[-1]
        return clean_text(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))

    def rest(self) -> str:
        """What was held back."""
        return self.join([], is_last=True) if self._held else ""


def count(value: object) -> int | None:
    """A number of tokens or nanoseconds; None, which is unknown, for what is no such number."""
    if isinstance(value, float) and math.isfinite(value):
        value = int(value)
    return value if type(value) is int and 0 <= value < 2**53 else None


def tool_call(given: object, name: object, arguments: object, number: int) -> ToolCall:
    """A call as a server sent it. Arguments that are no object are kept as `malformed`, for the model to see."""
    malformed = ""
    if isinstance(arguments, str):
        arguments, malformed = _parsed(arguments)
    elif arguments and not isinstance(arguments, dict):
        arguments, malformed = {}, json.dumps(arguments)
    tidied = tidy(arguments, DEPTH)
    return ToolCall(
        id=clean_text(given)[:200] if isinstance(given, str) and given else f"call_{number}",
        name=clean_text(name)[:200] if isinstance(name, str) else "",
        arguments=tidied if isinstance(tidied, dict) else {},
        malformed=clean_text(malformed)[:MALFORMED],
    )


def _parsed(text: str) -> tuple[object, str]:
    """The object that a text is the JSON of (some servers write it twice over), or the text when there is none."""
    value: object = text
    for _ in range(2):
        if isinstance(value, str):
            try:
                value = json.loads(value) if value.strip() else {}
            except (ValueError, RecursionError):
                break
    return (value, "") if isinstance(value, dict) else ({}, "" if value is None else text)


def vectors(value: object) -> list[list[float]]:
    """A list of vectors. Raises ValueError."""
    if not isinstance(value, list):
        raise ValueError("no embeddings")
    found = []
    for row in value:
        if not isinstance(row, list) or not all(type(number) in (int, float) for number in row):
            raise ValueError("an embedding is not a list of numbers")
        found.append([float(number) for number in row])
    return found


def tidy(value: object, depth: int) -> object:
    """A JSON value that every database and browser can hold: clean strings, no NaN, no bottomless nesting."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {clean_text(key): tidy(inner, depth - 1) for key, inner in value.items()} if depth else {}
    if isinstance(value, list):
        return [tidy(inner, depth - 1) for inner in value] if depth else []
    return value
