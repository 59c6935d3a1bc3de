"""The line that a person types into: editing, history, completion, and messages of several lines."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import FileHistory, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import ColorDepth, Output, create_output
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.shortcuts import CompleteStyle
from prompt_toolkit.styles import Style

from conversations.management.chat.screen import visible

QUOTES = '"""'
_TREE = dict[str, Callable[[], Iterable[str]]]


class Line:
    """One prompt after another. `is_remembered` False keeps what is typed out of the history."""

    def __init__(self, kept: Path, completer: Completer, *, has_color: bool) -> None:
        self._file = _history(kept)
        self._nowhere = InMemoryHistory()
        self._session: PromptSession[str] = PromptSession(
            multiline=True,
            prompt_continuation="... ",
            key_bindings=_keys(),
            completer=completer,
            complete_style=CompleteStyle.READLINE_LIKE,
            history=self._file,
            enable_open_in_editor=True,
            placeholder=FormattedText([("class:placeholder", "Ask something (/? for help)")]),
            style=Style([("placeholder", "fg:ansibrightblack" if has_color else "")]),
            color_depth=None if has_color else ColorDepth.DEPTH_1_BIT,
            output=_output(),
        )
        self.is_remembered = True

    def read(self) -> str:
        """What was typed. Raises KeyboardInterrupt for Ctrl-C, EOFError for Ctrl-D."""
        history = self._file if self.is_remembered else self._nowhere
        self._session.history = self._session.default_buffer.history = history
        return self._session.prompt(">>> ")


class Commands(Completer):
    """Completes the words of commands; `tree` gives, for the words before, those that may follow."""

    def __init__(self, tree: _TREE) -> None:
        self._tree = tree

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """See `Completer`."""
        typed = document.text_before_cursor
        if typed.startswith("/") and "\n" not in typed:
            before, _, word = typed.rpartition(" ")
            for choice in self._tree.get(" ".join(before.split()), tuple)():
                if choice.startswith(word):
                    yield Completion(f"{choice} ", -len(word), display=choice)


async def confirm(question: str) -> bool:
    """Whether it was answered with yes. Raises KeyboardInterrupt for Ctrl-C, EOFError for Ctrl-D."""
    session: PromptSession[str] = PromptSession(output=_output())
    answer = await session.prompt_async(f"{visible(question)} [y/N] ")
    return answer.strip().lower() in ("y", "yes")


def choose(question: str) -> str:
    """The first letter of what was answered, in small; "" for none. Raises KeyboardInterrupt for Ctrl-C."""
    session: PromptSession[str] = PromptSession(output=_output())
    try:
        return session.prompt(visible(question)).strip().lower()[:1]
    except EOFError:
        return ""


def is_open(text: str) -> bool:
    """Whether `text` has begun to quote several lines with three quotation marks, and has not ended."""
    start = quote_at(text)
    return start is not None and not text[start + len(QUOTES) :].rstrip().endswith(QUOTES)


def unquoted(text: str) -> str:
    """`text` without the three quotation marks around its lines."""
    start = quote_at(text)
    if start is None:
        return text
    inner = text[start + len(QUOTES) :].rstrip().removesuffix(QUOTES)
    return text[:start] + inner.strip("\n")


def quote_at(text: str) -> int | None:
    """Where the quotation begins: at the start, or behind `/set system`."""
    start = len(text) - len(text.lstrip())
    if text[start:].startswith("/set system"):
        rest = text[start + len("/set system") :]
        start = len(text) - len(rest.lstrip())
    return start if text[start:].startswith(QUOTES) else None


def _output() -> Output:
    output = create_output(always_prefer_tty=True)
    if isinstance(output, Vt100_Output):
        output.enable_cpr = False  # nothing here needs the cursor's place, and not all terminals tell it
    return output


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("enter")
    def send(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if is_open(buffer.text):
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    @keys.add("escape", "enter")
    def break_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    @keys.add("c-g")
    def edit(event: KeyPressEvent) -> None:
        event.current_buffer.open_in_editor()

    return keys


def _history(kept: Path) -> FileHistory | InMemoryHistory:
    """The file, readable for its owner only; a data folder that cannot be written has none."""
    try:
        os.close(os.open(kept, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600))
        kept.chmod(0o600)
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(kept))
