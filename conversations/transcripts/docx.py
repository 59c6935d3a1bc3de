"""A transcript as a Word document: the chosen path, packed while it is read.

The format is a zip of XML. We write the few parts that a document needs ourselves, because the library for it keeps
the whole document in memory as a tree, many times its size, and this one flows: a message at a time, however long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import RawIOBase
from typing import IO, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.utils.translation import gettext as _

from conversations.transcripts import wordprocessing as word
from conversations.transcripts.document import PLAIN, Edition, TranscriptConversation, TranscriptMessage
from conversations.transcripts.wording import Method, arguments_of, file_of, note_on, speaker_of, time_of, title_of

_NEVER = (1980, 1, 1, 0, 0, 0)  # so that the same conversation is the same file


class _Tray(RawIOBase):
    """Where the zip is written to, and taken away from: it has no beginning to go back to."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        chunk = bytes(cast(bytes, data))
        self.data += chunk
        return len(chunk)

    def take(self) -> bytes:
        taken = bytes(self.data)
        self.data.clear()
        return taken


def pieces(
    conversation: TranscriptConversation, messages: Iterable[TranscriptMessage], edition: Edition = PLAIN
) -> Iterator[bytes]:
    """The document, a message at a time."""
    tray = _Tray()
    with ZipFile(cast(IO[bytes], tray), "w", ZIP_DEFLATED) as package:
        for name, part in word.PARTS.items():
            package.writestr(_entry(name), part, ZIP_DEFLATED)
        with package.open(_entry("word/document.xml"), "w") as document:
            for piece in _body(conversation, messages, edition):
                document.write(piece.encode())
                yield tray.take()
    yield tray.take()


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, _NEVER)
    entry.compress_type = ZIP_DEFLATED
    return entry


def _body(
    conversation: TranscriptConversation, messages: Iterable[TranscriptMessage], edition: Edition
) -> Iterator[str]:
    method = Method(conversation, "docx", edition)
    yield word.BEGINNING + word.paragraph(title_of(conversation), "Title")
    yield word.paragraph(time_of(conversation.created_at), "Small")
    if conversation.system_prompt:
        yield word.paragraph(_("System prompt"), "Heading1")
        yield from word.lines(conversation.system_prompt)
    for message in method.watch(messages):
        yield from _section(message)
    yield word.paragraph(_("About this file"), "Heading1")
    yield from (word.paragraph(sentence, "Small") for sentence in method.sentences())
    yield from (word.paragraph(f"{name}: {value}", "Small") for name, value in method.rows())
    yield word.END


def _section(message: TranscriptMessage) -> Iterator[str]:
    yield word.paragraph(speaker_of(message), "Heading1")
    yield word.paragraph(time_of(message.created_at), "Small")
    for each in message.attachments:
        yield word.paragraph(file_of(each), "Small")
        yield from word.lines(each.text, "Code") if each.text else ()
    if message.tool is not None:
        yield from word.lines(arguments_of(message.tool), "Code")
    if message.role == "assistant":
        yield from word.markdown(message.content)
    else:
        yield from word.lines(message.content)
    if note := note_on(message):
        yield word.paragraph(note, "Note")
