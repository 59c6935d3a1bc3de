"""Replaces what names people in transcripts by placeholders, and keeps the key to them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from unicodedata import is_normalized, normalize

from django.conf import settings

from conversations.transcripts.document import TranscriptConversation, TranscriptMessage
from conversations.transcripts.redaction.contacts import Mails, Phones
from conversations.transcripts.redaction.findings import Finder, Found
from conversations.transcripts.redaction.marks import KEPT, Kept, Marks
from conversations.transcripts.redaction.patterns import Patterns, read_patterns
from conversations.transcripts.redaction.people import Names
from conversations.transcripts.redaction.placeholders import Placeholders

KINDS = ("names", "mails", "phones", "patterns")

# Words of ours, and what no person writes; everything else that is text is looked at, also what comes later.
_OWN = frozenset(("role", "state", "kind", "media_type", "remark", "reason", "code", "think", "corrects_format"))
_FOREIGN_NAMES = frozenset(("arguments", "response_format"))  # whose inner names were made up by somebody


@dataclass(slots=True)
class Redactor:
    """One for an export: the same thing has the same placeholder in all of its conversations."""

    kinds: tuple[str, ...]
    finders: tuple[Finder, ...]
    digest: str
    placeholders: Placeholders = field(default_factory=Placeholders)

    @classmethod
    def of_the_site(cls, kinds: Collection[str], patterns: Path | None = None) -> Redactor:
        """For some of `KINDS`. `patterns`: in place of the site's own, `DATA_DIR/redaction_patterns`.

        Raises BadPattern, and OSError when `patterns` cannot be read.
        """
        names, own = Names.of_the_site(), _patterns(patterns) if "patterns" in kinds else Patterns()
        finders: dict[str, Finder] = {"patterns": own, "mails": Mails(), "phones": Phones(), "names": names}
        told = tuple(kind for kind in KINDS if kind in kinds)
        digest = sha256(f"{told} {names.digest} {own.digest}".encode()).hexdigest()
        return cls(told, (Marks(), *(finder for kind, finder in finders.items() if kind in kinds)), digest)

    def keeping(self, words: Collection[str]) -> Redactor:
        """The same, with the same placeholders, that leaves `words` as they are, such as pseudonyms."""
        return replace(self, finders=(Kept(words), *self.finders))

    def conversation(self, about: TranscriptConversation) -> TranscriptConversation:
        """Its title, system prompt and settings without people. Patterns get their time anew."""
        for finder in self.finders:
            if isinstance(finder, Patterns):
                finder.begin()
        return TranscriptConversation.model_validate(self._value(about.model_dump()))

    def message(self, message: TranscriptMessage) -> TranscriptMessage:
        """All of its texts without people. Token probabilities are left out: they are the text in pieces."""
        value = message.model_dump(exclude={"logprobs"})
        return TranscriptMessage.model_validate(self._value(value))

    def text(self, text: str) -> str:
        """Where two findings overlap, the first kind of finder wins, and then what begins first."""
        if not text:
            return text
        text = text if is_normalized("NFC", text) else normalize("NFC", text)
        written, at = [], 0
        for found in self._chosen(text):
            written += [text[at : found.start], self._placeholder(found, text)]
            at = found.end
        return "".join([*written, text[at:]])

    def _chosen(self, text: str) -> list[Found]:
        """What is replaced, in order, none over another."""
        chosen: list[Found] = []
        for finder in self.finders:
            chosen = _with(chosen, sorted(finder.find(text)))
        return chosen

    def _placeholder(self, found: Found, text: str) -> str:
        written = text[found.start : found.end]
        return written if found.label == KEPT else self.placeholders.name(found.label, found.identity, written)

    def _value(self, value: Any, with_names: bool = False) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self._value(one, with_names) for one in value]
        if not isinstance(value, dict):
            return value
        if with_names:
            return {self.text(name): self._value(one, True) for name, one in value.items()}
        return {name: self._named(name, one) for name, one in value.items()}

    def _named(self, name: str, value: Any) -> Any:
        is_own = isinstance(value, str) and (name in _OWN or (name == "response_format" and value == "json"))
        return value if is_own else self._value(value, name in _FOREIGN_NAMES)


def _with(chosen: list[Found], more: list[Found]) -> list[Found]:
    """`chosen`, and those of `more` that touch none of them nor one another."""
    free: list[Found] = []
    at = 0
    for one in more:
        while at < len(chosen) and chosen[at].end <= one.start:
            at += 1
        is_clear = at == len(chosen) or one.end <= chosen[at].start
        if is_clear and (not free or one.start >= free[-1].end):
            free.append(one)
    return sorted([*chosen, *free]) if free else chosen


def _patterns(given: Path | None) -> Patterns:
    """Those of the file that was named, or the site's own, which may not be there."""
    if given is not None:
        return read_patterns(given)
    own = Path(settings.DATA_DIR) / "redaction_patterns"
    return read_patterns(own) if own.exists() else Patterns()
