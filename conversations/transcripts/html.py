"""A transcript as one HTML file: the chosen path, to be read without the site, printed and cited by line.

It asks for nothing when it is opened: no script, no picture, no font; a policy of its own holds it to that. Texts are
rendered as on the chat page, by the same code. Each message has an anchor (`#m12`), and so has each of its lines that
begins something (`#m12-3`).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.contrib.staticfiles import finders
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from conversations.transcripts.document import (
    PLAIN,
    Edition,
    TranscriptAttachment,
    TranscriptConversation,
    TranscriptMessage,
)
from conversations.transcripts.numbered import numbered, rendered
from conversations.transcripts.wording import Method, arguments_of, file_of, note_on, speaker_of, time_of, title_of

_STYLES = ("css/tokens.css", "css/markdown.css", "css/export/document.css")


def pieces(
    conversation: TranscriptConversation, messages: Iterable[TranscriptMessage], edition: Edition = PLAIN
) -> Iterator[str]:
    """The document, a message at a time."""
    method = Method(conversation, "html", edition)
    yield _head(conversation)
    if conversation.system_prompt:
        words = numbered(conversation.system_prompt, "system")
        yield format_html('<section id="system"><h2>{}</h2>{}</section>\n', _("System prompt"), words)
    for message in method.watch(messages):
        yield _article(message)
    yield _foot(method)


@cache
def stylesheet() -> str:
    """The site's own colours and Markdown, and what a document needs beside them."""
    found = [finders.find(name) for name in _STYLES]
    return "\n".join(Path(str(path)).read_text("utf-8") for path in found)


def _head(conversation: TranscriptConversation) -> str:
    style = stylesheet()
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    return format_html(
        '<!doctype html>\n<html lang="{}" dir="{}">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="{}">\n<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<link rel="icon" href="data:,">\n'
        "<title>{}</title>\n<style>{}</style>\n</head>\n"
        '<body>\n<main>\n<header><h1 dir="auto">{}</h1><p>{}</p></header>\n',
        get_language() or "en",
        "rtl" if get_language_bidi() else "ltr",
        policy,
        title_of(conversation),
        mark_safe(style),  # noqa: S308 - our own file
        title_of(conversation),
        time_of(conversation.created_at),
    )


def _article(message: TranscriptMessage) -> SafeString:
    anchor = f"m{message.id}"
    return format_html(
        '<article id="{}" data-role="{}">\n<h2><bdi>{}</bdi> <a href="#{}">{}</a></h2>\n{}{}{}{}</article>\n',
        anchor,
        message.role,
        speaker_of(message),
        anchor,
        time_of(message.created_at),
        _files(message),
        _given(message),
        _thinking(message),
        format_html("{}{}", _content(message, anchor), _note(message)),
    )


def _files(message: TranscriptMessage) -> SafeString:
    named = ((file_of(each), _read(each, f"m{message.id}-file{n}")) for n, each in enumerate(message.attachments, 1))
    rows = format_html_join("", '<li dir="auto">{}{}</li>', named)
    return format_html('<ul class="files">{}</ul>\n', rows) if rows else SafeString()


def _read(attachment: TranscriptAttachment, anchor: str) -> SafeString:
    if not attachment.text:
        return SafeString()
    return format_html("<details><summary>{}</summary>{}</details>", _("Text"), numbered(attachment.text, anchor))


def _given(message: TranscriptMessage) -> SafeString:
    if message.tool is None:
        return SafeString()
    words = numbered(arguments_of(message.tool), f"m{message.id}-given")
    return format_html("<details open><summary>{}</summary>{}</details>\n", _("Arguments"), words)


def _thinking(message: TranscriptMessage) -> SafeString:
    if not message.thinking:
        return SafeString()
    words = numbered(message.thinking, f"m{message.id}-thinking")
    return format_html("<details><summary>{}</summary>{}</details>\n", _("Thinking"), words)


def _content(message: TranscriptMessage, anchor: str) -> SafeString:
    show = rendered if message.role == "assistant" else numbered
    return show(message.content, anchor) if message.content else SafeString()


def _note(message: TranscriptMessage) -> SafeString:
    note = note_on(message)
    return format_html('<p class="note">{}</p>\n', note) if note else SafeString()


def _foot(method: Method) -> SafeString:
    rows = format_html_join("\n", '<dt>{}</dt><dd dir="auto">{}</dd>', method.rows())
    return format_html(
        "<footer>\n<h2>{}</h2>\n<p>{}</p>\n<dl>\n{}\n</dl>\n</footer>\n</main>\n</body>\n</html>\n",
        _("About this file"),
        conditional_escape(" ".join(method.sentences())),
        rows,
    )
