"""What the formats for people say about a message and about themselves, in the reader's language and unescaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from json import dumps

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from conversations.faults import fault
from conversations.text import clean_line
from conversations.transcripts.document import (
    FORMAT,
    VERSION,
    Edition,
    TranscriptAttachment,
    TranscriptConversation,
    TranscriptMessage,
    TranscriptTool,
)

_LONGEST_NAME = 300
_REDACTED = {
    "names": gettext_lazy("names"),
    "mails": gettext_lazy("mail addresses"),
    "phones": gettext_lazy("telephone numbers"),
    "patterns": gettext_lazy("what the site’s own patterns find"),
}
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")  # would show “exe.png” for “gnp.exe”


def title_of(conversation: TranscriptConversation) -> str:
    """One line, never empty."""
    return clean_line(conversation.title, _LONGEST_NAME) or _("New chat")


def speaker_of(message: TranscriptMessage) -> str:
    """The role, and which model or tool it was."""
    match message.role:
        case "user":
            return _("User")
        case "system":
            return _("System")
        case "tool":
            names = filter(None, (message.tool.server, message.tool.name)) if message.tool else ()
            return _named(_("Tool"), ": ".join(names))
    return _named(_("Assistant"), message.model)


def time_of(moment: datetime) -> str:
    """To the second, in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def file_of(attachment: TranscriptAttachment) -> str:
    """What was added to a message, by name, kind and size."""
    kinds = {"image": _("Image"), "text": _("Text"), "pdf": _("PDF")}
    size = _("%(count)s bytes") % {"count": number_format(attachment.size, force_grouping=True)}
    return f"{clean_line(_TURNS.sub('', attachment.name), _LONGEST_NAME)} ({kinds[attachment.kind]}, {size})"


def arguments_of(tool: TranscriptTool) -> str:
    """What the tool was given."""
    given = tool.arguments
    return given if isinstance(given, str) else dumps(given, ensure_ascii=False, indent=2)


def note_on(message: TranscriptMessage) -> str:
    """What a reader must know about a reply that did not come to its own end; else empty."""
    match message.state:
        case "queued" | "loading" | "streaming":
            return _("This reply was still being written.")
        case "stopped":
            return _("The reply was stopped here.")
        case "interrupted" | "failed":
            code = message.error.code if message.error else "interrupted"
            return f"{fault(code or 'interrupted').text}"
    return _("The reply was cut off here: it reached its length limit.") if message.reason == "length" else ""


@dataclass(slots=True)
class Method:
    """What a file holds and how it came about, for its end: what passed through `watch` is counted."""

    conversation: TranscriptConversation
    ending: str
    edition: Edition
    count: int = 0
    models: dict[str, None] = field(default_factory=dict)

    def watch(self, messages: Iterable[TranscriptMessage]) -> Iterator[TranscriptMessage]:
        """The same messages."""
        for message in messages:
            self.count += 1
            if message.role == "assistant" and message.model:
                self.models[clean_line(message.model, _LONGEST_NAME)] = None
            yield message

    def sentences(self) -> list[str]:
        """What is in the file and what is not."""
        told = [
            _("The path that was chosen last. Other branches are in the JSON transcript."),
            _("Of files the text that was read from them is included, their bytes are not."),
        ]
        if self.edition.redacted:
            kinds = ", ".join(str(_REDACTED[kind]) for kind in self.edition.redacted)
            told.append(_("Redacted: placeholders stand for %(kinds)s.") % {"kinds": kinds})
        return told

    def rows(self) -> list[tuple[str, str]]:
        """Names and values. None changes while the conversation does not, so that the same one is the same file."""
        last_link = self.edition.last_link
        return [
            (pgettext("one chat", "Conversation"), str(self.conversation.id)),
            (_("Created"), time_of(self.conversation.created_at)),
            (_("Last activity"), time_of(self.conversation.updated_at)),
            (_("Models"), ", ".join(self.models) or "–"),
            (_("Messages"), str(self.count)),
            (_("Format"), f"{FORMAT} {VERSION}, {self.ending}"),
            *([(_("Last link of the JSON transcript’s chain"), last_link())] if last_link else []),
        ]


def _named(role: str, name: str) -> str:
    name = clean_line(name, _LONGEST_NAME)
    return f"{role} ({name})" if name else role
