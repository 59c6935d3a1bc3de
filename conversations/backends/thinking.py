"""Thinking that a server leaves in the text, between `<think>` and `</think>`. No I/O."""

from __future__ import annotations

OPEN, CLOSE = "<think>", "</think>"


class ThinkTag:
    """Takes a `<think>…</think>` at the very start of the content out of it, however it is cut."""

    def __init__(self) -> None:
        self.is_past = False
        self._is_inside = False
        self._trims = False
        self._held = ""

    def split(self, text: str, *, is_last: bool) -> tuple[str, str]:
        """What of `text` is thought, and what is said; what may be the beginning of a tag is held back."""
        text = self._held + text
        self._held = ""
        start = text.lstrip()
        if self._trims:
            text = start
        if self._is_inside:
            return self._inside(text, is_last=is_last)
        if start.startswith(OPEN):
            self._is_inside = self._trims = True
            return self._inside(start[len(OPEN) :].lstrip(), is_last=is_last)
        if OPEN.startswith(start) and not is_last:
            self._held = text
            return "", ""
        self.is_past = True
        return "", text

    def _inside(self, text: str, *, is_last: bool) -> tuple[str, str]:
        thought, tag, rest = text.partition(CLOSE)
        if tag:
            self._is_inside, self._trims = False, True
            said = rest.lstrip()
            # Until then, white space after the tag may still come.
            self.is_past = bool(said)
            return thought.rstrip(), said
        if is_last:
            return text, ""
        kept = len(text[: len(text) - _overlap(text)].rstrip())
        self._held = text[kept:]
        self._trims = self._trims and not kept
        return text[:kept], ""


def _overlap(text: str) -> int:
    """How many characters at the end of `text` may be the beginning of the closing tag."""
    return next((size for size in range(min(len(CLOSE) - 1, len(text)), 0, -1) if text.endswith(CLOSE[:size])), 0)
