"""A transcript as Markdown: the chosen path, for people to read.

Every text is there character for character. Two things keep one message from running into the next: a comment
before each text says how many characters it has, so that a program is not fooled by headings inside; and a code
fence or HTML block that a text leaves open is closed behind it, so that a reader is not either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.token import Token

from conversations.text import clean_line
from conversations.transcripts.document import (
    PLAIN,
    Edition,
    TranscriptAttachment,
    TranscriptConversation,
    TranscriptMessage,
    TranscriptTool,
)
from conversations.transcripts.wording import Method, arguments_of, file_of, note_on, speaker_of, time_of, title_of

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&!$])")
_FENCES = re.compile("`+")
_MAY_STAY_OPEN = re.compile(r"```|~~~|<")
_HTML_ENDS = ("-->", "?>", "]]>", ">", "</pre>", "</script>", "</style>", "</textarea>")
_blocks = MarkdownIt("commonmark").disable(["inline", "text_join"])


def pieces(
    conversation: TranscriptConversation, messages: Iterable[TranscriptMessage], edition: Edition = PLAIN
) -> Iterator[str]:
    """The document, a message at a time."""
    yield f"# {_escape(title_of(conversation))}\n\n*{time_of(conversation.created_at)}*\n"
    if conversation.system_prompt:
        yield f"\n## {_('System prompt')}\n\n{_framed('system prompt', conversation.system_prompt)}"
    method = Method(conversation, "md", edition)
    for message in method.watch(messages):
        yield _section(message)
    rows = "".join(f"- {_escape(name)}: {_escape(value)}\n" for name, value in method.rows())
    yield f"\n---\n\n*{_('About this file')}: {_escape(' '.join(method.sentences()))}*\n\n{rows}"


def _section(message: TranscriptMessage) -> str:
    heading = f"\n## {_escape(speaker_of(message))}\n\n*{time_of(message.created_at)}*\n\n"
    note = note_on(message)
    if message.tool is not None:
        heading += _call(message.tool)
    files = "".join(_file(each) for each in message.attachments)
    heading += f"{files}\n" if files else ""
    return heading + _framed(f"message {message.id}", message.content) + (f"\n> **{note}**\n" if note else "")


def _call(tool: TranscriptTool) -> str:
    return _fenced("json", arguments_of(tool)) + "\n"


def _file(attachment: TranscriptAttachment) -> str:
    """Its name, and what was read from it."""
    line = f"- {_escape(file_of(attachment))}\n"
    text = attachment.text
    if not text:
        return line
    return f"{line}\n<!-- file {attachment.id}, {len(text)} characters -->\n\n{_fenced('', text)}\n"


def _fenced(language: str, text: str) -> str:
    """`text` in a fence that nothing in it ends."""
    fence = "`" * max(3, *(len(run) + 1 for run in _FENCES.findall(text)), 3)
    return f"{fence}{language}\n{text}\n{fence}\n"


def _framed(name: str, text: str) -> str:
    """`text` as it is, behind its frame."""
    if not text:
        return f"<!-- {name}, 0 characters -->\n"
    return f"<!-- {name}, {len(text)} characters -->\n\n{text}\n{_closing(text)}"


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", clean_line(text, 700))


def _closing(text: str) -> str:
    """The line that ends a block which `text` leaves open at its end; nothing when it leaves none."""
    last = _last_with_heading(text) if _MAY_STAY_OPEN.search(text) else None
    if last is None or _is_heading(last):
        return ""
    if last.type == "fence":
        return f"{last.markup}\n"
    return next((f"{end}\n" for end in _HTML_ENDS if _is_heading(_last_with_heading(f"{text}\n{end}"))), "")


def _last_with_heading(text: str) -> Token:
    """What a heading behind `text` is taken for."""
    return _blocks.parse(f"{text}\n\n# end")[-1]


def _is_heading(token: Token) -> bool:
    return token.type == "heading_close" and token.level == 0
