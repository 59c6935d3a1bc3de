"""A transcript as plain text: the chosen path, for people, terminals and mail.

Headings begin at the margin and every line that somebody wrote is indented, so that no text passes for a heading.
Controls that would move a cursor or colour a terminal are shown as signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from conversations.transcripts.document import PLAIN, Edition, TranscriptConversation, TranscriptMessage
from conversations.transcripts.wording import Method, arguments_of, file_of, note_on, speaker_of, time_of, title_of

_INDENT = "    "
_LINE_ENDS = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_BEGINNINGS = re.compile(r"^(?=.)", re.MULTILINE)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f]")


def pieces(
    conversation: TranscriptConversation, messages: Iterable[TranscriptMessage], edition: Edition = PLAIN
) -> Iterator[str]:
    """The document, a message at a time."""
    method = Method(conversation, "txt", edition)
    title = _harmless(title_of(conversation))
    yield f"{title}\n{'=' * min(len(title), 100)}\n{time_of(conversation.created_at)}\n"
    if conversation.system_prompt:
        yield f"\n{_('System prompt')}\n\n{_indented(conversation.system_prompt)}\n"
    for message in method.watch(messages):
        yield _section(message)
    rows = "".join(f"{_INDENT}{name}: {_harmless(value)}\n" for name, value in method.rows())
    yield f"\n{_('About this file')}\n\n{_INDENT}{' '.join(method.sentences())}\n{rows}"


def _section(message: TranscriptMessage) -> str:
    lines = [f"\n[{message.id}] {_harmless(speaker_of(message))} · {time_of(message.created_at)}\n"]
    for each in message.attachments:
        lines.append(f"- {_harmless(file_of(each))}")
        lines += [_indented(_indented(each.text)), ""] if each.text else []
    if message.tool is not None:
        lines.append(f"{_('Arguments')}:\n{_indented(arguments_of(message.tool))}\n")
    if message.content:
        lines.append(_indented(message.content))
    if note := note_on(message):
        lines.append(f"({note})")
    return "\n".join(lines) + "\n"


def _indented(text: str) -> str:
    return _BEGINNINGS.sub(_INDENT, _harmless(_LINE_ENDS.sub("\n", text)))


def _harmless(text: str) -> str:
    return _CONTROLS.sub(lambda found: chr(0x2400 + ord(found[0])) if found[0] < " " else "\ufffd", text)
