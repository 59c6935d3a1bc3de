"""Server-sent events out of bytes, by the field rules of the HTML standard. No I/O."""

from __future__ import annotations

from conversations.backends.pieces import LINE_CAP, TOTAL_CAP, Lines

Event = tuple[str, str]
ERROR = "error"
ODD = "odd"


class EventStream:
    """Feed it what the network gives, take events as (name, data); most have no name.

    Lines end with LF, CR LF or CR and with nothing else: model text holds U+2028 and U+0085. What is no field
    comes as an `ODD` event of its own, and the bare field `error:` that llama.cpp once sent as an `ERROR` one.
    """

    def __init__(self, line_cap: int = LINE_CAP, total_cap: int = TOTAL_CAP) -> None:
        self._lines = Lines(line_cap, total_cap)
        self._after_cr = False
        self._is_first = True
        self._name = ""
        self._data: list[str] = []

    @property
    def is_too_long(self) -> bool:
        """Whether a line or the whole has passed its cap."""
        return self._lines.is_too_long

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that one read has completed."""
        if self._after_cr:
            self._after_cr = False
            chunk = chunk.removeprefix(b"\n")
        if b"\r" in chunk:
            self._after_cr = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        block = self._lines.feed(chunk)
        return self._events(block) if block else []

    def end(self) -> list[Event]:
        """The event that no blank line has ended."""
        return self._events(self._lines.rest() + b"\n\n")

    def _events(self, block: bytes) -> list[Event]:
        found: list[Event] = []
        lines = block.decode("utf-8", "replace").split("\n")
        lines.pop()
        if self._is_first:
            self._is_first = False
            lines[0] = lines[0].removeprefix("\ufeff")
        for line in lines:
            if line.startswith("data: "):
                self._data.append(line[6:])
            elif not line:
                if self._data:
                    found.append((self._name, "\n".join(self._data)))
                    self._data = []
                self._name = ""
            elif line[0] != ":":
                self._take(line, found)
        return found

    def _take(self, line: str, found: list[Event]) -> None:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "data":
                self._data.append(value)
            case "event":
                self._name = value
            case "id" | "retry":
                pass
            case "error":
                found.append((ERROR, value))
            case _:
                found.append((ODD, line))
