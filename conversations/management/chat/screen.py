"""What the terminal shows of a reply: its text on standard output, everything around it on standard error.

A model's words are as untrusted as anybody's: on a terminal no control character of theirs gets through.
"""

from __future__ import annotations

import os
import shutil
from typing import Any, Literal, TextIO

from conversations.faults import fault
from conversations.management.chat.wrapping import Wrap
from conversations.structured.formats import problem_of
from conversations.structured.words import place, sentence

_DIM, _PLAIN, _ERASE = "\x1b[2m", "\x1b[0m", "\r\x1b[2K"
_VISIBLE = {
    **{code: 0x2400 + code for code in range(32) if chr(code) not in "\n\t\r"},
    **dict.fromkeys(range(128, 160), 65533),
    **dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)]),  # turn the order of what follows around
    0x7F: 0x2421,
    ord("\r"): None,
}
_MOST_WRONG = 3
_PHASES = {
    "loading": "Loading the model …",
    "reading": "Reading the prompt …",
    "thinking": "Thinking …",
}


def visible(text: str) -> str:
    """`text` with a sign in the place of each control character that a terminal would obey."""
    return text.translate(_VISIBLE)


def has_color(stream: TextIO) -> bool:
    """Whether somebody looks at `stream` who has not asked for none (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


class Screen:
    """Two streams; thinking, phases and colours only where somebody looks at them.

    `is_verbose`, `is_wrapped` and `shows_thinking` may be set at any time between replies.
    """

    def __init__(self, out: TextIO, err: TextIO, *, has_color: bool, is_verbose: bool = False) -> None:
        self._out = out
        self._err = err
        self._has_color = has_color
        self._is_watched = out.isatty()
        self._obeys = self._is_watched and os.environ.get("TERM") != "dumb"
        self._wrap = Wrap(lambda: shutil.get_terminal_size().columns)
        self._part = ""
        self._has_status = False
        self._last = "\n"
        self.is_verbose = is_verbose
        self.is_wrapped = True
        self.shows_thinking = True
        self.shown = 0

    def begin(self) -> None:
        """A reply is asked for."""
        self._part, self._last, self.shown = "", "\n", 0
        self._wrap.begin_line()

    def phase(self, name: str, position: int | None, wait: int | None = None) -> None:
        """What the reply waits for; `wait` in seconds, where it is known."""
        if self._obeys and not self._part:
            about = f", about {wait} s" if wait else ""
            status = f"Waiting for others, place {position}{about} …" if position else _PHASES.get(name, "")
            self._erase_status()
            if status:
                self._write(self._dim(status))
                self._has_status = True

    def text(self, part: Literal["content", "thinking"], text: str) -> None:
        """More of the reply. `shown` counts the characters of its content."""
        if part == "content":
            self.shown += len(text)
        elif not self._is_watched or not self.shows_thinking:
            return
        self._erase_status()
        if part != self._part:
            self._turn_to(part)
        shown = visible(text) if self._is_watched else text
        self._write(self._wrap.feed(shown) if self._obeys and self.is_wrapped else shown)
        self._last = text[-1:] or self._last

    def finish(self, event: dict[str, Any]) -> None:
        """The reply has ended: how, if not by itself; and its figures if they are wanted."""
        self._erase_status()
        self._turn_to("")
        if self._last != "\n":
            self._write("\n")
        if event["state"] == "stopped":
            self.note("Stopped. The text so far is kept.")
        elif event["error"]:
            self.fault(event["error"]["code"], event["error"]["detail"])
        elif event["reason"] == "length":
            self.note("The reply was cut off at its length limit.")
        for wrong in map(problem_of, event["metrics"].get("format", {}).get("wrong", ())[:_MOST_WRONG]):
            self.note(f"Not as the format wants it: {place(wrong)} {sentence(wrong)}")
        if self.is_verbose:
            self.note(_figures(event["metrics"]))

    def fault(self, code: str, detail: str = "") -> None:
        """What went wrong, and what to do."""
        words = fault(code)
        self._err.write(f"{words.text} {words.advice}\n")
        self.note(detail)

    def note(self, text: str) -> None:
        """A quiet line beside the conversation."""
        if text:
            self._err.write(self._dim(visible(text)) + "\n")
            self._err.flush()

    def say(self, text: str) -> None:
        """An answer of the terminal's own, as plain text."""
        self._write(visible(text).rstrip("\n") + "\n")

    def new_line(self) -> None:
        """Leave the line that was begun."""
        self._write("\n")

    def _turn_to(self, part: str) -> None:
        if self._part == "thinking":
            self._write(_PLAIN if self._has_color else "\n… done thinking.")
            self._write("\n\n" if part else "\n")
            self._last = "\n"
        if part == "thinking":
            self._write(_DIM if self._has_color else "Thinking …\n")
        self._wrap.begin_line()
        self._part = part

    def _erase_status(self) -> None:
        if self._has_status:
            self._write(_ERASE)
            self._has_status = False

    def _dim(self, text: str) -> str:
        return f"{_DIM}{text}{_PLAIN}" if self._has_color else text

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def _figures(metrics: dict[str, Any]) -> str:
    """One line: tokens, their rate, and times in seconds; what is unknown is left out."""
    found = [
        f"{metrics['prompt_tokens']} tokens read" if "prompt_tokens" in metrics else "",
        f"{metrics['reply_tokens']} tokens written" if "reply_tokens" in metrics else "",
        f"{metrics['tokens_per_second']} tokens/s" if "tokens_per_second" in metrics else "",
        _seconds(metrics, "load_ms", "loaded in {}"),
        _seconds(metrics, "first_ms", "first after {}"),
        _seconds(metrics, "thinking_ms", "thought for {}"),
        _seconds(metrics, "total_ms", "{} in all"),
    ]
    return " · ".join(part for part in found if part)


def _seconds(metrics: dict[str, Any], name: str, words: str) -> str:
    return words.format(f"{metrics[name] / 1000:.2f} s") if name in metrics else ""
