"""How files come into a prompt.

A text or a PDF stands before the person's own words, each file in this frame:

    File “report.pdf”, PDF, 12 pages:
    ```
    [Page 1]
    …
    ```

The fence has one backtick more than the longest run of backticks in the text (three at least), so that nothing in a
file can end it and pass for the person's words; the name is one line without quotation marks or backticks. A text
that was cut says so in its first line. Pictures go beside the words, in the order in which they were added.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace

from conversations.backends.base import ChatMessage
from conversations.models import Attachment, Role
from conversations.models.attachment import Kind, Remark
from conversations.models.paths import Turn
from conversations.uploads.storage import path_of

_RUNS = re.compile("`+")
_QUOTES = re.compile('[`“”"]')


def with_files(path: Sequence[Turn], messages: list[ChatMessage]) -> list[ChatMessage]:
    """The messages of a path, each of the person's with its files. Looks nothing up where there are none."""
    asked = [turn for turn in path if turn.role == Role.USER]
    numbers = [turn.pk for turn in asked if turn.attached]
    if not numbers:
        return messages
    files: dict[int | None, list[Attachment]] = {}
    for attachment in Attachment.objects.filter(message__in=numbers):
        files.setdefault(attachment.message_id, []).append(attachment)
    turns = iter(asked)
    return [
        _with(message, files.get(next(turns).pk, [])) if message.role == "user" else message for message in messages
    ]


def quoted(words: str, attachments: Sequence[Attachment]) -> str:
    """What a model reads in place of a person's `words` alone: the texts among the files, then the words."""
    frames = [_frame(each) for each in attachments if each.kind != Kind.IMAGE]
    return "\n\n".join([*frames, words] if words else frames)


def _with(message: ChatMessage, attachments: Sequence[Attachment]) -> ChatMessage:
    if not attachments:
        return message
    return replace(message, content=quoted(message.content, attachments), images=_images(attachments))


def _images(attachments: Sequence[Attachment]) -> list[str]:
    """The pictures among them as base64. One whose bytes are gone is left out."""
    found = []
    for attachment in attachments:
        if attachment.kind == Kind.IMAGE:
            try:
                found.append(b64encode(path_of(attachment.stored_name).read_bytes()).decode())
            except FileNotFoundError:
                continue
    return found


def _frame(attachment: Attachment) -> str:
    name = _QUOTES.sub("'", attachment.name)
    about = [f"File “{name}”"]
    if attachment.kind == Kind.PDF:
        about += ["PDF", f"{attachment.pages} pages" if attachment.pages != 1 else "1 page"]
    if attachment.remark == Remark.CUT:
        about.append("only its beginning")
    fence = "`" * max(3, *(len(run) + 1 for run in _RUNS.findall(attachment.text)), 3)
    return f"{', '.join(about)}:\n{fence}\n{attachment.text.rstrip()}\n{fence}"
