"""Breaking a streamed text between words: what has been written of a word that does not fit is taken to a new line."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.utils import get_cwidth

_TAB = 8
_NARROWEST = 10


class Wrap:
    """One terminal's cursor, followed through what is written; `width` is asked in columns, as windows change."""

    def __init__(self, width: Callable[[], int]) -> None:
        self._width = width
        self.begin_line()

    def begin_line(self) -> None:
        """The cursor is at the start of a line."""
        self._at = self._word_width = 0
        self._word = ""

    def feed(self, text: str) -> str:
        """`text` (without control characters but tab and newline) with the breaks that it needs."""
        # The last column stays free: behind a character there, terminals differ about where the cursor is.
        limit = max(self._width(), _NARROWEST) - 1
        return "".join([self._place(sign, limit) for sign in text])

    def _place(self, sign: str, limit: int) -> str:
        if sign == "\n":
            self.begin_line()
            return sign
        columns = _TAB - self._at % _TAB if sign == "\t" else get_cwidth(sign)
        if sign in " \t":
            return self._place_space(sign, columns, limit)
        before = self._break() if self._at + columns > limit else ""
        self._at += columns
        if columns == 2:  # the scripts that are this wide break anywhere
            self._word, self._word_width = "", 0
        else:
            self._word, self._word_width = self._word + sign, self._word_width + columns
        return before + sign

    def _place_space(self, sign: str, columns: int, limit: int) -> str:
        self._word, self._word_width = "", 0
        if self._at + columns > limit:
            self._at = 0
            return "\n"
        self._at += columns
        return sign

    def _break(self) -> str:
        """Go to a new line, with the word that was begun unless it fills its line alone."""
        if not self._word or self._word_width == self._at:
            self.begin_line()
            return "\n"
        self._at = self._word_width
        return f"\x1b[{self._word_width}D\x1b[K\n{self._word}"
